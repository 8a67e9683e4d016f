"""Synthetic interactions of any size, for benchmarks of cost."""

import torch
from torch_geometric.data import HeteroData

from irllrec_pyg.data import make_data


def synthetic_interactions(num_users: int, num_items: int, count: int, seed: int = 0) -> HeteroData:
    """Pairs whose users and items both follow power laws: about ``count`` for training, and a tenth of all
    pairs each for validation and test."""
    generator = torch.Generator().manual_seed(seed)
    sides = []
    for size, exponent in ((num_users, 2.0), (num_items, 3.0)):  # powers of a uniform number gather near zero
        draw = torch.rand(int(1.25 * count), generator=generator, dtype=torch.double).pow(exponent)
        sides.append((draw * size).long().clamp(max=size - 1))
    key = (sides[0] * num_items + sides[1]).unique()
    pairs = torch.stack([key // num_items, key % num_items])
    first = torch.ones(key.numel(), dtype=torch.bool)
    first[1:] = pairs[0, 1:] != pairs[0, :-1]  # the first pair of each user is for training: keys are sorted by user
    part = torch.rand(key.numel(), generator=generator).masked_fill(first, 1.0)
    val, test = part < 0.1, (part >= 0.1) & (part < 0.2)
    return make_data(pairs[:, ~(val | test)], pairs[:, val], pairs[:, test], num_users, num_items)
