"""Items of each user, in compressed form."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.utils import coalesce, cumsum

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
        user, item = coalesce(pairs)
        self.num_users, self.item = num_users, item
        self.ptr = cumsum(torch.bincount(user, minlength=num_users))

    def lookup(self, user: Tensor) -> tuple[Tensor, Tensor]:
        """Items of some users.

        Args:
            user: Ids of users, ``[n]``.

        Returns:
            For every pair of these users, the position of the user within ``user``, and the item.
        """
        return select_rows(self.ptr, self.item, user)


def select_rows(ptr: Tensor, column: Tensor, row: Tensor) -> tuple[Tensor, Tensor]:
    """Entries of some rows of a matrix in compressed form, in time that depends on these rows alone.

    Args:
        ptr: Where each row begins, ``[M + 1]``.
        column: Columns of all entries, row by row, ``[E]``.
        row: The rows, ``[n]``.

    Returns:
        For every entry the position of its row within ``row``, and its column.

    Examples:
        >>> select_rows(torch.tensor([0, 1, 3]), torch.tensor([4, 0, 2]), torch.tensor([1]))
        (tensor([0, 0]), tensor([0, 2]))
    """
    start, count = ptr[row], ptr[row + 1] - ptr[row]
    position = torch.arange(row.numel(), device=row.device).repeat_interleave(count)
    within = torch.arange(position.numel(), device=row.device) - (count.cumsum(0) - count).repeat_interleave(count)
    return position, column[start.repeat_interleave(count) + within]
