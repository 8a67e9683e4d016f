"""Items that describe a direction."""

from __future__ import annotations

import torch
from torch import Tensor


def nearest_items(direction: Tensor, item_embedding: Tensor, most: int) -> list[list[int]]:
    """Items with the largest cosines with each direction.

    Args:
        direction: Directions of unit length, ``[K, d]``.
        item_embedding: Embeddings of unit length, ``[N, d]``; items with a row of zeros are left out.
        most: Largest number of items per direction.

    Examples:
        >>> nearest_items(torch.eye(2), torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.6, 0.8]]), most=1)
        [[1], [2]]
    """
    cosine = direction @ item_embedding.t()
    cosine = cosine.masked_fill(~item_embedding.any(dim=1), -torch.inf)
    best = cosine.topk(min(most, cosine.size(1)), dim=1)
    return [
        [item for item, value in zip(*row, strict=True) if value > -torch.inf]
        for row in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]


def members(direction: Tensor, item_embedding: Tensor, number: int, most: int) -> list[int]:
    """Items that are nearer to one direction than to any other, the nearest first.

    Args:
        direction: Directions of unit length, ``[K, d]``.
        item_embedding: Embeddings of unit length, ``[N, d]``.
        number: Number of the direction.
        most: Largest number of items.

    Examples:
        >>> members(torch.eye(2), torch.tensor([[0.8, 0.6], [1.0, 0.0], [0.6, 0.8]]), number=0, most=5)
        [1, 0]
    """
    cosine = item_embedding @ direction.t()
    own = cosine[:, number].masked_fill(cosine.argmax(dim=1) != number, 0.0)
    nearest = own.topk(min(most, own.numel()))
    items: list[int] = nearest.indices[nearest.values > 0.0].tolist()
    return items
