"""A data object small enough for tests and examples."""

from __future__ import annotations

import torch
from torch_geometric.data import HeteroData

from ..data import INTERACTS, make_data, set_features
from ..models import Batch


def tiny_data(num_users: int = 24, num_items: int = 20, width: int = 12, seed: int = 0) -> HeteroData:
    """A data object with two groups of users and items, and features that tell the groups apart.

    Every user takes eight items of their own group: five to train on, two to validate, one to test. Users and items
    have ``intent`` and ``profile`` features.

    Args:
        num_users: :math:`M`. (default: ``24``)
        num_items: :math:`N`, an even number of at least 16. (default: ``20``)
        width: Width of the features. (default: ``12``)
        seed: Seed of the interactions and the features. (default: ``0``)

    Raises:
        ValueError: There are too few items for eight per user.

    Examples:
        >>> data = tiny_data()
        >>> data["user"].num_nodes, data["item"].num_nodes, data["item"].intent.shape
        (24, 20, torch.Size([20, 12]))
    """
    if num_items < 16 or num_items % 2:
        raise ValueError(f"'num_items' must be even and at least 16 (got {num_items}), because every user takes eight")
    generator = torch.Generator().manual_seed(seed)
    half = num_items // 2
    user, item = [], []
    for number in range(num_users):
        own = torch.randperm(half, generator=generator)[:8] + half * (number % 2)
        user.append(torch.full((8,), number))
        item.append(own)
    pairs = torch.stack([torch.stack(user), torch.stack(item)])
    train, val, test = (part.reshape(2, -1) for part in pairs.split([5, 2, 1], dim=2))
    names = [f"user {number}" for number in range(num_users)], [f"item {number}" for number in range(num_items)]
    data = make_data(train, val, test, num_users, num_items, *names)
    centers = torch.randn(2, width, generator=generator)
    groups = torch.arange(num_users) % 2, torch.arange(num_items) // half
    for name in ("intent", "profile"):
        sides = [centers[group] + 0.5 * torch.randn(group.numel(), width, generator=generator) for group in groups]
        set_features(data, name, *sides)
    return data


def tiny_batch(data: HeteroData, size: int = 32, seed: int = 0) -> Batch:
    """Triplets of a data object: training interactions, each with an item that the user has not taken.

    Args:
        data: The data object.
        size: Number of triplets at most. (default: ``32``)
        seed: Seed of the negatives. (default: ``0``)

    Examples:
        >>> tiny_batch(tiny_data()).user.shape
        torch.Size([32])
    """
    from ..training import TripletSampler  # training needs accelerate, which a layer's test does not

    sampler = TripletSampler(data[INTERACTS].edge_index, data["item"].num_nodes, size, seed)
    return next(iter(sampler.epoch(0)))
