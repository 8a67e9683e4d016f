"""Checks of ids and of (user, item) pairs, shared by everything that takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .._plain import plain


def check_pairs(pairs: Tensor | Sequence[Sequence[int]], num_users: int, num_items: int, name: str = "pairs") -> Tensor:
    """Returns (user, item) pairs as 64-bit integers, ``[2, E]``. In narrower types a key such as ``user * N + item``
    overflows.

    Args:
        pairs: Pairs of any integer type, ``[2, E]``, as a tensor or as nested lists.
        num_users: :math:`M`.
        num_items: :math:`N`.
        name: Name of the pairs in error messages. (default: ``"pairs"``)

    Raises:
        ValueError: The shape is not ``[2, E]``, the type is not an integer, or an id is out of range.

    Examples:
        >>> check_pairs(torch.tensor([[0, 1], [3, 0]], dtype=torch.int32), num_users=2, num_items=4).dtype
        torch.int64
        >>> check_pairs([[0, 1], [5, 0]], num_users=2, num_items=4)
        Traceback (most recent call last):
        ValueError: 'pairs' holds the item id 5, but there are 4 items; number them from 0 to 3
    """
    pairs = id_tensor(pairs, name)
    if pairs.numel() == 0:
        return torch.empty(2, 0, dtype=torch.long, device=pairs.device)
    if pairs.dim() != 2 or pairs.size(0) != 2 or not _holds_integers(pairs):
        raise ValueError(
            f"'{name}' must hold integers of the shape [2, E] (got {pairs.dtype} of shape {list(pairs.shape)}); "
            "stack users over items"
        )
    pairs = plain(pairs).long()
    for side, ids, size in (("user", pairs[0], num_users), ("item", pairs[1], num_items)):
        check_ids(ids, size, side, name)
    return pairs


def id_tensor(ids: Tensor | Sequence[Any], name: str = "ids") -> Tensor:
    """Node ids as a tensor. A column of a table is read row by row, whatever the index of its rows.

    Args:
        ids: Node ids, or users and items of pairs, as lists, arrays, columns or a tensor.
        name: Name of the argument, for the error message. (default: ``"ids"``)

    Raises:
        ValueError: They are no numbers.

    Examples:
        >>> import pandas as pd
        >>> id_tensor(pd.Series([4, 2], index=[7, 8]))
        tensor([4, 2])
    """
    if isinstance(ids, Tensor):
        return ids
    try:
        if isinstance(ids, list | tuple) and any(hasattr(one, "__len__") for one in ids):
            return torch.stack([id_tensor(one, name) for one in ids])
        return torch.as_tensor(ids.to_numpy(copy=True) if hasattr(ids, "to_numpy") else ids)
    except (TypeError, RuntimeError) as error:
        raise ValueError(f"'{name}' must hold node ids, which are integers (got {ids!r})") from error


def check_ids(ids: Tensor, size: int, side: str, name: str) -> None:
    """Checks that ids lie between 0 and ``size - 1``.

    Args:
        ids: Ids, of any shape.
        size: Number of nodes on the side.
        side: ``"user"`` or ``"item"``, for the error message.
        name: Name of the argument, for the error message.

    Raises:
        ValueError: An id is out of range; the message names the first one.

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


def pair_keys(pairs: Tensor, num_items: int) -> Tensor:
    r"""One integer per pair, :math:`u N + i`, by which pairs are compared and sorted.

    Args:
        pairs: (user, item) pairs of any integer type, ``[2, E]``.
        num_items: :math:`N`.

    Examples:
        >>> pair_keys(torch.tensor([[0, 1], [3, 0]]), num_items=4)
        tensor([3, 4])
    """
    user, item = plain(pairs).long()
    return user * num_items + item


def sample_users(pairs: Tensor, most: int, seed: int = 0) -> Tensor:
    """Pairs of some users, who are drawn at random where there are more.

    Args:
        pairs: (user, item) pairs, ``[2, L]``.
        most: Largest number of users.
        seed: Seed of the draw. (default: ``0``)

    Examples:
        >>> sample_users(torch.tensor([[0, 0, 1, 2], [5, 6, 7, 8]]), most=3).shape
        torch.Size([2, 4])
        >>> sample_users(torch.tensor([[0, 0, 1, 2], [5, 6, 7, 8]]), most=1)[0].unique().numel()
        1
    """
    users = pairs[0].unique()
    if users.numel() <= most:
        return pairs
    order = torch.randperm(users.numel(), generator=torch.Generator().manual_seed(seed))
    chosen = users[order[:most].to(users.device)]
    return pairs[:, torch.isin(pairs[0], chosen)]


def _holds_integers(tensor: Tensor) -> bool:
    return not (tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool)
