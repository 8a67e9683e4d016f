"""Made interactions of any size, for benchmarks of cost."""

from __future__ import annotations

import torch
from torch_geometric.data import HeteroData

from irllrec_pyg.data import make_data


def interactions(num_users: int, num_items: int, count: int, seed: int = 0) -> HeteroData:
    """Pairs whose users and items both follow power laws; a tenth of them each validates and tests.

    Args:
        num_users: How many users.
        num_items: How many items.
        count: Distinct pairs for training, about; pairs that are drawn twice count once.
        seed: Of the draw.
    """
    generator = torch.Generator().manual_seed(seed)
    sides = []
    for size, exponent in ((num_users, 2.0), (num_items, 3.0)):  # a power of a uniform number crowds near zero
        draw = torch.rand(int(1.25 * count), generator=generator, dtype=torch.double).pow(exponent)
        sides.append((draw * size).long().clamp(max=size - 1))
    key = (sides[0] * num_items + sides[1]).unique()
    pairs = torch.stack([key // num_items, key % num_items])
    first = torch.ones(key.numel(), dtype=torch.bool)
    first[1:] = pairs[0, 1:] != pairs[0, :-1]  # one of each user's is for training: the key sorts by user
    part = torch.rand(key.numel(), generator=generator).masked_fill(first, 1.0)
    val, test = part < 0.1, (part >= 0.1) & (part < 0.2)
    return make_data(pairs[:, ~(val | test)], pairs[:, val], pairs[:, test], num_users, num_items)
