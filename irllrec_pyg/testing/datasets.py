"""The contract of datasets."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch_geometric.data import HeteroData

from ..data import INTERACTS, SPLIT_NAMES, JointGraph, check_pairs, fingerprint, pair_keys


def check_dataset(make: Callable[[], HeteroData]) -> None:
    """Asserts that a dataset gives a valid data object, and the same one every time.

    Splits hold distinct pairs in range and do not overlap, every user with held-out items has training items, original
    ids differ, and features have one finite row per node.

    Args:
        make: Loads the data object.

    Raises:
        AssertionError: The data object breaks the contract.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> check_dataset(tiny_data)
    """
    data = make()
    sizes = {side: data[side].num_nodes for side in ("user", "item")}
    pairs = {name: check_pairs(data[INTERACTS][attribute], *sizes.values()) for name, attribute in SPLIT_NAMES.items()}
    keys = torch.cat([pair_keys(part, sizes["item"]) for part in pairs.values()])
    assert keys.unique().numel() == keys.numel(), "a pair occurs in one split, and once"
    assert all(part.size(1) for part in pairs.values()), "every split holds interactions"
    held_out = torch.cat([pairs["val"][0], pairs["test"][0]])
    assert torch.isin(held_out, pairs["train"][0]).all(), "a user with held-out items has training items"
    for side, size in sizes.items():
        store = data[side]
        if "original_id" in store:
            assert len(set(store.original_id)) == size, f"original ids of {side}s differ, one for each"
        for name, value in store.items():
            if isinstance(value, torch.Tensor) and value.is_floating_point():
                assert value.size(0) == size, f"{name!r} has one row per {side} (got {list(value.shape)})"
                assert value.isfinite().all(), f"{name!r} of {side}s is finite"
            if name in ("text", "title"):
                assert len(value) == size, f"{name!r} has one entry per {side} (got {len(value)})"
    assert JointGraph.from_data(data).num_nodes == sum(sizes.values())
    assert fingerprint(make()) == fingerprint(data), "loading twice gives the same data"
