"""Items of each user, in compressed form."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.utils import cumsum

from ..data.pairs import check_pairs


class UserItemIndex:
    """(user, item) pairs in compressed form, from which the items of many users are read at once.

    Args:
        pairs: ``[2, E]``, in any order and of any integer type; a pair that occurs twice counts once.
        num_users: :math:`M`.
        num_items: :math:`N`.
        name: Name of the pairs in error messages. (default: ``"pairs"``)

    Raises:
        ValueError: ``pairs`` is not ``[2, E]``, or an id is out of range.

    Examples:
        >>> index = UserItemIndex(torch.tensor([[0, 2, 2], [1, 0, 1]]), num_users=3, num_items=2)
        >>> index.lookup(torch.tensor([2, 0]))
        (tensor([0, 0, 1]), tensor([0, 1, 1]))
    """

    def __init__(self, pairs: Tensor, num_users: int, num_items: int, name: str = "pairs") -> None:
        pairs = check_pairs(pairs, num_users, num_items, name)
        user, item = torch.unique(pairs, dim=1)
        self.num_users, self.item = num_users, item
        self.ptr = cumsum(torch.bincount(user, minlength=num_users))

    def lookup(self, user: Tensor) -> tuple[Tensor, Tensor]:
        """Items of some users.

        Args:
            user: Ids of users, ``[n]``.

        Returns:
            For every pair of these users, the position of the user within ``user``, and the item.
        """
        start, count = self.ptr[user], self.ptr[user + 1] - self.ptr[user]
        row = torch.arange(user.numel(), device=user.device).repeat_interleave(count)
        within = torch.arange(row.numel(), device=user.device) - (count.cumsum(0) - count).repeat_interleave(count)
        return row, self.item[start.repeat_interleave(count) + within]
