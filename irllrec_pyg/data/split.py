"""Splitting interactions into training, validation and test.

The ways to split are those of `"Exploring Data Splitting Strategies for the Evaluation of Recommendation Models"
<https://arxiv.org/abs/2007.13237>`_.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real

import torch
from torch import Tensor

#: Ways to split interactions.
SPLITS_BY = ("random", "last", "time")


def split_per_user(user: Tensor, ratio: Sequence[float] = (8, 1, 1), seed: int = 0) -> list[Tensor]:
    r"""Splits interactions randomly within each user, by a given ratio.

    Of a user's :math:`n` interactions, :math:`\lfloor n \, p + u \rfloor` go to each held-out part with share
    :math:`p`, where :math:`u` is uniform on [0, 1). So the shares hold on average for users with any number of
    interactions, and the first part always keeps at least one.

    Args:
        user: User of each interaction, ``[E]``. The split depends on their order: sort interactions whose order means
            nothing.
        ratio: Sizes of the parts, training first. The paper uses 8:1:1 for Amazon-movie, and 3:1:1 for Amazon-book and
            Yelp. (default: ``(8, 1, 1)``)
        seed: Seed of the split. (default: ``0``)

    Returns:
        For each part, the sorted positions of its interactions.

    Raises:
        ValueError: A share is negative or not finite, or the training share is zero.

    Examples:
        >>> train, test = split_per_user(torch.tensor([0, 0, 0, 0, 1, 1, 1, 1]), ratio=(3, 1))
        >>> train.numel(), test.numel()
        (6, 2)
    """
    check_ratio(ratio)
    user = user.long()
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(user.numel(), generator=generator)
    order = order[user[order].argsort(stable=True)]
    _, inverse, count = user[order].unique(return_inverse=True, return_counts=True)
    rank = torch.arange(user.numel()) - (count.cumsum(0) - count)[inverse]
    part = torch.zeros_like(rank)
    left = count - 1  # one interaction of each user stays in the first part
    end = count.clone()
    for index, share in enumerate(ratio[1:], start=1):
        dither = torch.rand(count.numel(), generator=generator)
        size = torch.minimum((count * (share / sum(ratio)) + dither).floor().long(), left)
        part[(rank < end[inverse]) & (rank >= (end - size)[inverse])] = index
        end, left = end - size, left - size
    return [order[part == index].sort().values for index in range(len(ratio))]


def leave_last_out(user: Tensor, time: Tensor) -> list[Tensor]:
    """Holds out the latest interaction of each user for the test, and the one before it for validation. Users with
    fewer than three interactions are in the training split alone.

    Args:
        user: User of each interaction, ``[E]``.
        time: Time of each interaction, ``[E]``. Of interactions at the same time, the last in order is the latest.

    Returns:
        The sorted positions of the training, validation and test interactions.

    Examples:
        >>> leave_last_out(torch.tensor([0, 0, 0, 1]), torch.tensor([5, 9, 7, 1]))
        [tensor([0, 3]), tensor([2]), tensor([1])]
    """
    user, order = user.long(), time.argsort(stable=True)
    order = order[user[order].argsort(stable=True)]
    _, inverse, count = user[order].unique(return_inverse=True, return_counts=True)
    later = (count.cumsum(0) - 1)[inverse] - torch.arange(user.numel())  # interactions of the user that come after
    held_out = torch.where(count[inverse] >= 3, later, 2)
    return [order[held_out >= 2].sort().values, order[held_out == 1].sort().values, order[held_out == 0].sort().values]


def split_by_time(time: Tensor, ratio: Sequence[float] = (8, 1, 1)) -> list[Tensor]:
    """Splits interactions at points in time: training comes before validation, and validation before the test, for all
    users alike. Interactions at the same time are in the same part.

    Args:
        time: Time of each interaction, ``[E]``.
        ratio: Sizes of the parts, training first. (default: ``(8, 1, 1)``)

    Returns:
        For each part, the sorted positions of its interactions.

    Raises:
        ValueError: A share is negative or not finite, or the training share is zero.

    Examples:
        >>> split_by_time(torch.tensor([30, 10, 20, 20]), ratio=(1, 1))
        [tensor([1, 2, 3]), tensor([0])]
    """
    check_ratio(ratio)
    if not time.numel():
        return [time.new_empty(0, dtype=torch.long) for _ in ratio]
    share = torch.tensor(ratio, dtype=torch.double).cumsum(0)[:-1] / sum(ratio)
    last = (share * time.numel()).round().long().clamp(min=1) - 1  # the last interaction before each point
    part = torch.bucketize(time, time.sort().values[last])
    return [(part == index).nonzero().flatten() for index in range(len(ratio))]


def split_pairs(
    pairs: Tensor,
    split_by: str = "random",
    ratio: Sequence[float] = (8, 1, 1),
    seed: int = 0,
    time: Tensor | None = None,
) -> tuple[list[Tensor], Tensor]:
    """Splits (user, item) pairs.

    Args:
        pairs: The pairs, ``[2, E]``.
        split_by: ``"random"`` within each user, see :func:`split_per_user`; ``"last"``, see :func:`leave_last_out`; or
            ``"time"``, see :func:`split_by_time`. (default: ``"random"``)
        ratio: Sizes of the parts. (default: ``(8, 1, 1)``)
        seed: Seed of the random split. (default: ``0``)
        time: Time of each pair, ``[E]``. (default: none, for the random split)

    Returns:
        Positions of the training, validation and test pairs; and those of held-out pairs whose user or item is in no
        training pair.

    Examples:
        >>> pairs, time = torch.tensor([[0, 0, 1, 2], [0, 1, 0, 1]]), torch.tensor([1.0, 2.0, 3.0, 4.0])
        >>> parts, unknown = split_pairs(pairs, "time", (2, 1, 1), time=time)
        >>> parts[0], unknown
        (tensor([0, 1]), tensor([2, 3]))
    """
    if time is None:
        return split_per_user(pairs[0], ratio, seed), pairs.new_empty(0)
    if split_by == "last":
        return leave_last_out(pairs[0], time), pairs.new_empty(0)
    train, *held_out = split_by_time(time, ratio)
    known = [torch.stack([torch.isin(side[part], side[train]) for side in pairs]).all(dim=0) for part in held_out]
    kept = [part[mask] for part, mask in zip(held_out, known, strict=True)]
    return [train, *kept], torch.cat([part[~mask] for part, mask in zip(held_out, known, strict=True)])


def check_ratio(ratio: Sequence[float], num_parts: int | None = None) -> None:
    """Checks the ratio of a split.

    Args:
        ratio: Sizes of the parts, training first.
        num_parts: Number of parts that there must be. (default: any number)

    Raises:
        ValueError: A share is negative or not finite, the training share is zero, or the number of parts is wrong.

    Examples:
        >>> check_ratio((8, 2), num_parts=3)
        Traceback (most recent call last):
        ValueError: 'ratio' must hold 3 shares, for training, validation and test (got (8, 2)); such as (8, 1, 1)
    """
    if len(ratio) < 1 or not all(isinstance(share, Real) and 0 <= share < math.inf for share in ratio) or ratio[0] <= 0:
        raise ValueError(f"'ratio' must start with a share above 0 and hold no negative one (got {tuple(ratio)})")
    if num_parts is not None and len(ratio) != num_parts:
        raise ValueError(
            f"'ratio' must hold {num_parts} shares, for training, validation and test (got {tuple(ratio)}); such as "
            "(8, 1, 1)"
        )
