"""EASE."""

from __future__ import annotations

import torch
from torch import Tensor

from .closed_form import ClosedForm


class EASE(ClosedForm):
    r"""The linear item-item model of `"Embarrassingly Shallow Autoencoders for Sparse Data"
    <https://arxiv.org/abs/1905.03375>`_,

    .. math::
        \min_{\mathbf{B}} \; \lVert \mathbf{X} - \mathbf{X} \mathbf{B} \rVert_F^2
        + \lambda \lVert \mathbf{B} \rVert_F^2 \quad \text{with} \quad \mathrm{diag}(\mathbf{B}) = 0, \qquad
        B_{ij} = -\frac{P_{ij}}{P_{jj}}, \quad
        \mathbf{P} = (\mathbf{X}^{\top} \mathbf{X} + \lambda \mathbf{I})^{-1} .

    It takes :math:`O(N^3)` time and :math:`O(N^2)` memory, once, and many a graph model does not reach it.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        l2_weight (float, optional): :math:`\lambda`; choose it on validation. (default: :obj:`200.0`)

    Raises:
        ValueError: ``l2_weight`` is not above zero.
    """

    weight: Tensor

    def __init__(self, pairs: Tensor, num_users: int, num_items: int, l2_weight: float = 200.0) -> None:
        super().__init__(pairs, num_users, num_items)
        if not l2_weight > 0.0:
            raise ValueError(f"'l2_weight' must be above 0 (got {l2_weight}); tens to thousands are usual")
        gram = self.co_occurrence()
        gram.diagonal().add_(l2_weight)
        inverse = torch.cholesky_inverse(torch.linalg.cholesky(gram))
        self.register_buffer("weight", inverse.div_(-inverse.diagonal().clone()), persistent=False)
        self.weight.fill_diagonal_(0.0)

    def score(self, user: Tensor) -> Tensor:
        """See :meth:`ClosedForm.score <irllrec_pyg.models.ClosedForm.score>`."""
        return torch.sparse.mm(self.interactions.index_select(0, user), self.weight)
