"""Item-based nearest neighbors."""

from __future__ import annotations

import torch
from torch import Tensor

from ..._checks import check_at_least, check_non_negative
from ..registry import CLOSED_FORMS
from .linear import ItemItemModel


@CLOSED_FORMS.register("item-knn")
class ItemKNN(ItemItemModel):
    r"""Item-based nearest neighbors (`"Item-based Top-N Recommendation Algorithms"
    <https://dl.acm.org/doi/10.1145/963770.963776>`_) with shrunk cosines,

    .. math::
        s_{ui} = \sum_{j \in \mathcal{N}(u)} B_{ji}, \qquad
        B_{ji} = \frac{\mathbf{x}_j^{\top} \mathbf{x}_i}
        {\lVert \mathbf{x}_j \rVert \lVert \mathbf{x}_i \rVert + h},

    where :math:`B_{ji}` is kept for the :math:`k` most similar items :math:`i \neq j` of each :math:`j`. Choose it as a
    baseline that needs no matrix inverse; :class:`~irllrec_pyg.models.EASE` usually ranks better.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        k (int, optional): Number of neighbors :math:`k` per item. (default: :obj:`100`)
        shrinkage (float, optional): :math:`h`, which lowers similarities that rest on few users.
            (default: :obj:`10.0`)

    Raises:
        ValueError: ``k`` is below one, or ``shrinkage`` is negative.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> ItemKNN.from_data(tiny_data(), k=5).score(torch.tensor([0, 3])).shape
        torch.Size([2, 20])
    """

    def __init__(self, pairs: Tensor, num_users: int, num_items: int, k: int = 100, shrinkage: float = 10.0) -> None:
        super().__init__(pairs, num_users, num_items)
        check_at_least("k", k, 1)
        check_non_negative("shrinkage", shrinkage, "use 0 for plain cosines")
        similarity = self.co_occurrence()
        norm = similarity.diagonal().sqrt()
        similarity /= (norm.unsqueeze(1) * norm + shrinkage).clamp(min=1e-12)
        similarity.fill_diagonal_(0.0)
        value, column = similarity.topk(min(k, num_items), dim=1)
        self.set_weight(torch.zeros_like(similarity).scatter_(1, column, value))
