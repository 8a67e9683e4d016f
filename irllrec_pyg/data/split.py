"""Splitting each user's interactions."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def split_per_user(user: Tensor, ratio: Sequence[float] = (8, 1, 1), seed: int = 0) -> list[Tensor]:
    r"""Splits interactions at random within each user, by the given ratio.

    Of a user's :math:`n` interactions, :math:`\lfloor n \, p + u \rfloor` go to each held-out part with share
    :math:`p`, where :math:`u` is uniform on [0, 1): shares hold on average for users of any length, and the first part
    always keeps at least one.

    Args:
        user: User of each interaction, ``[E]``.
        ratio: Sizes of the parts, training first; 8:1:1 for Amazon-movie, 3:1:1 for Amazon-book and Yelp.
            (default: ``(8, 1, 1)``)
        seed: Of the split. (default: ``0``)

    Returns:
        Positions of the interactions of each part, sorted.

    Raises:
        ValueError: A share is negative, or the training share is zero.
    """
    if len(ratio) < 1 or min(ratio) < 0 or ratio[0] <= 0:
        raise ValueError(f"'ratio' must start with a share above 0 and hold no negative one (got {tuple(ratio)})")
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
