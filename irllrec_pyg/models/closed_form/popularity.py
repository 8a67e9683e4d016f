"""The items that most users took."""

from __future__ import annotations

import torch
from torch import Tensor

from .base import ClosedForm
from ..registry import CLOSED_FORMS


@CLOSED_FORMS.register("popularity")
class Popularity(ClosedForm):
    r"""The same ranking for everyone, by the number of users who took an item,
    :math:`s_{ui} = \sum_{v} x_{vi}`.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
    """

    count: Tensor

    def __init__(self, pairs: Tensor, num_users: int, num_items: int) -> None:
        super().__init__(pairs, num_users, num_items)
        self.register_buffer("count", torch.sparse.sum(self.interactions, dim=0).to_dense(), persistent=False)

    def score(self, user: Tensor) -> Tensor:
        """See :meth:`ClosedForm.score <irllrec_pyg.models.ClosedForm.score>`."""
        return self.count.repeat(user.numel(), 1)
