"""Fewer users to measure on."""

from __future__ import annotations

from copy import copy

from torch_geometric.data import HeteroData

from ..data import INTERACTS, sample_users

#: Largest numbers of users on whom a search measures.
MOST_USERS = {"val_label_index": 20_000, "test_label_index": 50_000}


def with_fewer_users(data: HeteroData, seed: int = 0) -> tuple[HeteroData, list[str]]:
    """Copy of the data whose held-out pairs are those of at most :data:`MOST_USERS`, and a remark for each split that
    lost some. To rank all items for a million users takes longer than to train on them.

    Args:
        data: The data object; it is left as it is.
        seed: Seed of the draw. (default: ``0``)

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> with_fewer_users(tiny_data())[1]
        []
    """
    result, remarks = copy(data), []
    for name, most in MOST_USERS.items():
        before = data[INTERACTS][name]
        after = sample_users(before, most, seed)
        if after.size(1) < before.size(1):
            result[INTERACTS][name] = after
            split = "validation" if name.startswith("val") else "test"
            remarks.append(f"The {split} metrics are those of {most:,} users, who were drawn at random.")
    return result, remarks
