"""Neighbours of the items that a user took."""

from __future__ import annotations

import torch
from torch import Tensor

from .base import ClosedForm
from ..registry import CLOSED_FORMS


@CLOSED_FORMS.register("item-knn")
class ItemKNN(ClosedForm):
    r"""Item-based nearest neighbours (`"Item-based Top-N Recommendation Algorithms"
    <https://dl.acm.org/doi/10.1145/963770.963776>`_) with shrunk cosines,

    .. math::
        s_{ui} = \sum_{j \in \mathcal{N}(u)} B_{ji}, \qquad
        B_{ji} = \frac{\mathbf{x}_j^{\top} \mathbf{x}_i}
        {\lVert \mathbf{x}_j \rVert \lVert \mathbf{x}_i \rVert + h},

    where :math:`B_{ji}` is kept for the :math:`k` most similar items :math:`i \neq j` of each :math:`j`.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        k (int, optional): Neighbours an item. (default: :obj:`100`)
        shrinkage (float, optional): :math:`h`, which weakens similarities that few users attest.
            (default: :obj:`10.0`)

    Raises:
        ValueError: ``k`` is below one, or ``shrinkage`` is negative.
    """

    similarity: Tensor

    def __init__(self, pairs: Tensor, num_users: int, num_items: int, k: int = 100, shrinkage: float = 10.0) -> None:
        super().__init__(pairs, num_users, num_items)
        if k < 1:
            raise ValueError(f"'k' must be at least 1 (got {k})")
        if shrinkage < 0.0:
            raise ValueError(f"'shrinkage' must not be negative (got {shrinkage}); use 0 for plain cosines")
        similarity = self.co_occurrence()
        norm = similarity.diagonal().sqrt()
        similarity /= (norm.unsqueeze(1) * norm + shrinkage).clamp(min=1e-12)
        similarity.fill_diagonal_(0.0)
        value, column = similarity.topk(min(k, num_items), dim=1)
        self.register_buffer("similarity", torch.zeros_like(similarity).scatter_(1, column, value), persistent=False)

    def score(self, user: Tensor) -> Tensor:
        """See :meth:`ClosedForm.score <irllrec_pyg.models.ClosedForm.score>`."""
        return torch.sparse.mm(self.interactions.index_select(0, user), self.similarity)
