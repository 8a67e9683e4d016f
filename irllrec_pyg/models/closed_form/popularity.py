"""Popularity."""

from __future__ import annotations

import torch
from torch import Tensor

from ..registry import CLOSED_FORMS
from .base import ClosedForm


@CLOSED_FORMS.register("popularity")
class Popularity(ClosedForm):
    r"""Ranks items by the number of users who took them, in the same order for every user,
    :math:`s_{ui} = \sum_{v} x_{vi}`. It is the weakest baseline.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> Popularity.from_data(tiny_data()).score(torch.tensor([0, 3])).shape
        torch.Size([2, 20])
    """

    count: Tensor

    def __init__(self, pairs: Tensor, num_users: int, num_items: int) -> None:
        super().__init__(pairs, num_users, num_items)
        self.register_buffer("count", torch.sparse.sum(self.interactions, dim=0).to_dense(), persistent=False)

    def score(self, user: Tensor) -> Tensor:
        """See :meth:`ClosedForm.score <irllrec_pyg.models.ClosedForm.score>`."""
        return self.count.repeat(user.numel(), 1)

    def score_history(self, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.score_history <irllrec_pyg.ranking.HistoryRanker.score_history>`."""
        return self.count.repeat(history.size(0), 1)

    def contributions(self, user: int, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.contributions <irllrec_pyg.ranking.HistoryRanker.contributions>`; zeros."""
        return self.count.new_zeros(history.numel(), self.num_items)
