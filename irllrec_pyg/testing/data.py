"""Data objects for tests, examples and measurements."""

from __future__ import annotations

import torch
from torch_geometric.data import HeteroData
from torch_geometric.utils import coalesce

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


def skewed_data(num_users: int, num_items: int, count: int, seed: int = 0) -> HeteroData:
    """Random interactions of any number, for measurements of speed and memory. Users and items both follow power laws,
    and nothing can be learned beside popularity.

    Args:
        num_users: :math:`M`.
        num_items: :math:`N`.
        count: About the number of training interactions. Validation and test get a tenth of all pairs each.
        seed: Seed of the interactions. (default: ``0``)

    Examples:
        >>> skewed_data(1000, 500, 2000)["user", "interacts", "item"].edge_index.size(1) > 1000
        True
    """
    generator = torch.Generator().manual_seed(seed)
    sides = []
    for size, exponent in ((num_users, 2.0), (num_items, 3.0)):  # powers of a uniform number gather near zero
        draw = torch.rand(int(1.25 * count), generator=generator, dtype=torch.double).pow(exponent)
        sides.append((draw * size).long().clamp(max=size - 1))
    pairs = coalesce(torch.stack(sides))
    first = torch.ones(pairs.size(1), dtype=torch.bool)
    first[1:] = pairs[0, 1:] != pairs[0, :-1]  # the first pair of each user is for training: pairs are sorted by user
    part = torch.rand(pairs.size(1), generator=generator).masked_fill(first, 1.0)
    val, test = part < 0.1, (part >= 0.1) & (part < 0.2)
    return make_data(pairs[:, ~(val | test)], pairs[:, val], pairs[:, test], num_users, num_items)


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
