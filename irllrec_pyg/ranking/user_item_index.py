"""Items of each user, in compressed form."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.utils import cumsum


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


def check_pairs(pairs: Tensor, num_users: int, num_items: int, name: str = "pairs") -> Tensor:
    """Returns pairs as 64-bit integers ``[2, E]``.

    Args:
        pairs: A tensor, or nested lists.
        num_users: :math:`M`.
        num_items: :math:`N`.
        name: Name of the pairs in error messages. (default: ``"pairs"``)

    Raises:
        ValueError: The shape is not ``[2, E]``, the type is not an integer, or an id is out of range.

    Examples:
        >>> check_pairs([[0, 1], [5, 0]], num_users=2, num_items=4)
        Traceback (most recent call last):
        ValueError: 'pairs' holds the item id 5, but there are 4 items; number them from 0 to 3
    """
    pairs = torch.as_tensor(pairs)
    if pairs.numel() == 0:
        return torch.empty(2, 0, dtype=torch.long, device=pairs.device)
    if pairs.dim() != 2 or pairs.size(0) != 2 or pairs.is_floating_point() or pairs.dtype == torch.bool:
        raise ValueError(
            f"'{name}' must hold integers of the shape [2, E] (got {pairs.dtype} of shape {list(pairs.shape)}); "
            "stack users over items"
        )
    pairs = pairs.as_subclass(Tensor).long()
    for side, ids, size in (("user", pairs[0], num_users), ("item", pairs[1], num_items)):
        check_ids(ids, size, side, name)
    return pairs


def check_ids(ids: Tensor, size: int, side: str, name: str) -> None:
    """Raises a :class:`ValueError` that names the first id outside ``0 ... size - 1``.

    Examples:
        >>> check_ids(torch.tensor([0, -1]), size=3, side="user", name="user")
        Traceback (most recent call last):
        ValueError: 'user' holds the user id -1, but there are 3 users; number them from 0 to 2
    """
    wrong = ids[(ids < 0) | (ids >= size)]
    if wrong.numel():
        raise ValueError(
            f"'{name}' holds the {side} id {int(wrong[0])}, but there are {size} {side}s; number them from 0 to "
            f"{size - 1}"
        )
