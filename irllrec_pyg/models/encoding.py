"""Inputs of a model's loss: the triplets of a step, and the encoded users and items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor


class Batch(NamedTuple):
    """The (user, positive item, negative item) triplets of one training step.

    Args:
        user: Ids of users, ``[B]``.
        positive: For each user, the id of an item that they took, ``[B]``.
        negative: For each user, the id of an item that they did not take, ``[B]``; for some objectives several,
            ``[B, K]``.

    Examples:
        >>> batch = Batch(torch.tensor([0, 1]), torch.tensor([3, 2]), torch.tensor([1, 0]))
        >>> batch.positive
        tensor([3, 2])
    """

    user: Tensor
    positive: Tensor
    negative: Tensor


@dataclass
class Encoding:
    """Users and items as a model encodes them. Models with more to say return a subclass.

    Args:
        user: Final user embeddings, ``[M, d]``.
        item: Final item embeddings, ``[N, d]``.
        layers: Joint embeddings after 0, 1, ... L layers, ``[M + N, d]`` each.

    Examples:
        >>> joint = torch.ones(5, 4)
        >>> Encoding(joint[:3], joint[3:], [joint]).item.shape
        torch.Size([2, 4])
    """

    user: Tensor
    item: Tensor
    layers: list[Tensor]
