"""What goes into a model's loss: a batch, and what the model made of the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor


class Batch(NamedTuple):
    """One step's triplets: ids of users, of an item each took, and of an item each did not, ``[B]`` each."""

    user: Tensor
    positive: Tensor
    negative: Tensor


@dataclass
class Encoding:
    """What a model makes of a graph.

    Args:
        user: Final user embeddings, ``[M, d]``.
        item: Final item embeddings, ``[N, d]``.
        layers: Joint embeddings after 0, 1, ... L layers, ``[M + N, d]`` each.
    """

    user: Tensor
    item: Tensor
    layers: list[Tensor]
