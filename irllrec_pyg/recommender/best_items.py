"""The best items of rows of scores."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from .._checks import check_non_negative
from ..data import INTERACTS
from ..ranking import UserItemIndex, check_k
from .among import Among, item_mask
from .rerank import discount_popular, diversify


class BestItems:
    """Chooses the best items from rows of scores, with a filter and with orders other than that of the scores.

    It is prepared once and then called with a tile of scores after the other.

    Args:
        data: The data object.
        k: Number of items per row. (default: ``10``)
        among: Items that can be chosen, see ``item_mask``. (default: all)
        diversity: Weight of the difference between items, see ``diversify``.
            (default: ``0.0``)
        popularity_discount: Weight of the discount, see ``discount_popular``.
            (default: ``0.0``)
        never: Items that cannot be chosen, as node ids. (default: none)

    Raises:
        ValueError: ``k``, ``diversity`` or ``popularity_discount`` is out of range, or ``among`` is unknown or leaves
            no item.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> best_items = BestItems(tiny_data(), k=2, among=["item 3", "item 4", "item 6"])
        >>> best_items(torch.arange(20.0).unsqueeze(0))
        (tensor([[6, 4]]), tensor([[6., 4.]]))
    """

    def __init__(
        self,
        data: HeteroData,
        k: int = 10,
        among: Among | None = None,
        diversity: float = 0.0,
        popularity_discount: float = 0.0,
        never: Tensor | None = None,
    ) -> None:
        size = data["item"].num_nodes
        check_k(k, size)
        if not 0.0 <= diversity < 1.0:
            raise ValueError(f"'diversity' must lie in [0, 1) (got {diversity}); use 0 for the order of the scores")
        check_non_negative("popularity_discount", popularity_discount, "use 0 for the order of the scores")
        self.k, self.diversity, self.discount = k, diversity, popularity_discount
        self.num_users: int = data["user"].num_nodes
        left = torch.ones(size, dtype=torch.bool) if among is None else item_mask(data, among)
        if never is not None:
            left[never] = False
        self.left_out = None if left.all() else ~left
        self.takers: UserItemIndex | None = None
        if diversity or popularity_discount:
            self.takers = UserItemIndex(data[INTERACTS].edge_index.flip(0), size, self.num_users)

    def __call__(self, scores: Tensor) -> tuple[Tensor, Tensor]:
        """Items ``[n, k]``, best first, and their scores. Where fewer items are left, the remaining items are
        ``num_items`` and the remaining scores minus infinity.

        Args:
            scores: Scores ``[n, N]``, which are overwritten; minus infinity where an item is left out.

        Raises:
            ValueError: A score is NaN or infinity.
        """
        if self.left_out is not None:
            scores.masked_fill_(self.left_out.to(scores.device), -torch.inf)
        if not (scores.amax(dim=1) < torch.inf).all():  # NaN is no smaller than infinity
            raise ValueError(
                "a score is NaN or infinity; if the ranker was trained, lower the learning rate or the loss weights"
            )
        items = self._order(scores)
        values = scores.gather(1, items)
        return items.masked_fill(values == -torch.inf, scores.size(1)), values

    def _order(self, scores: Tensor) -> Tensor:
        if self.takers is None:
            return scores.topk(self.k, dim=1).indices
        if self.discount:
            scores = discount_popular(scores, self.takers.ptr.diff(), self.discount)
        if not self.diversity:
            return scores.topk(self.k, dim=1).indices
        return diversify(scores, self.k, self.takers, self.num_users, self.diversity)
