"""Data without some users or items, for benchmarks of what is new."""

from collections.abc import Mapping
from copy import copy

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from irllrec_pyg.data import INTERACTS, SPLIT_NAMES

SIDES = ("user", "item")


def draw(count: int, share: float, seed: int) -> Tensor:
    """Ids of a random share of the nodes, in ascending order."""
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    return order[: round(count * share)].sort().values


def without(data: HeteroData, side: str, nodes: Tensor) -> tuple[HeteroData, Tensor]:
    """The data without some nodes of one side and all of their interactions, and the old ids of the nodes that stay.

    Users without a training interaction lose those of the other splits, because they cannot be trained on.
    """
    kept = torch.ones(data[side].num_nodes, dtype=torch.bool)
    kept[nodes] = False
    result, old = copy(data), kept.nonzero().squeeze(1)
    for name, value in data[side].items():
        if isinstance(value, Tensor) and value.size(0) == kept.numel():
            result[side][name] = value[old]
        elif isinstance(value, list) and len(value) == kept.numel():
            result[side][name] = [value[node] for node in old.tolist()]
    result[side].num_nodes = old.numel()
    new, row = torch.full((kept.numel(),), -1), SIDES.index(side)
    new[old] = torch.arange(old.numel())
    for name in SPLIT_NAMES.values():
        pairs = data[INTERACTS][name].as_subclass(Tensor).clone()
        pairs = pairs[:, kept[pairs[row]]]
        pairs[row] = new[pairs[row]]
        result[INTERACTS][name] = pairs
    trained = result[INTERACTS].edge_index[0].unique()
    for name in ("val_label_index", "test_label_index"):
        pairs = result[INTERACTS][name]
        result[INTERACTS][name] = pairs[:, torch.isin(pairs[0], trained)]
    return result, old


def items_of(pairs: Tensor, users: Tensor) -> list[list[int]]:
    """For each of the users, the items of their pairs."""
    found: Mapping[int, list[int]] = {user: [] for user in users.tolist()}
    for user, item in pairs.t().tolist():
        if user in found:
            found[user].append(item)
    return list(found.values())
