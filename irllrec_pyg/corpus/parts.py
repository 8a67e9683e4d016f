"""Splits of reviews."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .._checks import check_choice
from ..data import SPLITS_BY, split_pairs


def part_of_each(pairs: Tensor, time: Tensor, split_by: str, ratio: Sequence[float], seed: int) -> Tensor:
    """Number of the split of each review, in the order of ``SPLITS``; -1 for held-out reviews of unknown nodes.

    Args:
        pairs: Pairs of the reviews, ``[2, E]``.
        time: Their times in seconds, ``[E]``; zero where there is none.
        split_by: How they are split, see :func:`build_corpus`.
        ratio: Sizes of the splits.
        seed: Seed of the random split.

    Raises:
        ValueError: ``split_by`` is unknown, or a review has no time by which it could be split.

    Examples:
        >>> part_of_each(torch.tensor([[0, 0, 0], [0, 1, 2]]), torch.tensor([5, 9, 7]), "last", (8, 1, 1), seed=0)
        tensor([0, 2, 1])
    """
    check_choice("split_by", split_by, SPLITS_BY)
    if split_by != "random" and (missing := int((time == 0).sum())):
        raise ValueError(f"{missing} reviews have no time, by which 'split_by' {split_by!r} splits; use 'random'")
    parts, _ = split_pairs(pairs, split_by, ratio, seed, None if split_by == "random" else time)
    result = torch.full_like(time, -1)
    for number, part in enumerate(parts):
        result[part] = number
    return result
