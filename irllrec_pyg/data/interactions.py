"""The one data object of the package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

INTERACTS = ("user", "interacts", "item")


def make_data(
    train: Tensor,
    val: Tensor,
    test: Tensor,
    num_users: int,
    num_items: int,
    user_id: Sequence[Any] | None = None,
    item_id: Sequence[Any] | None = None,
) -> HeteroData:
    """Builds the package's data object from split interactions.

    ``data["user"]`` and ``data["item"]`` have ``num_nodes`` and, where given, ``original_id``;
    ``data["user", "interacts", "item"]`` has ``edge_index`` (training interactions only), ``val_label_index`` and
    ``test_label_index``.

    Args:
        train: (user, item) pairs, ``[2, E]``.
        val: Held out for choosing.
        test: Held out for reporting.
        num_users: :math:`M`.
        num_items: :math:`N`.
        user_id: What the users are called outside, in the order of their numbers.
        item_id: The same for items.

    Raises:
        ValueError: A split is empty, an id is out of range, a pair stands in two splits or twice in one, or a user
            with held-out items has none to train on.
    """
    splits = {"train": train, "val": val, "test": test}
    keys: dict[str, Tensor] = {}
    for name, pairs in splits.items():
        if pairs.size(1) == 0:
            raise ValueError(f"the {name} split is empty; every split needs interactions")
        for side, ids, size in (("user", pairs[0], num_users), ("item", pairs[1], num_items)):
            low, high = int(ids.min()), int(ids.max())
            if low < 0 or high >= size:
                wrong = low if low < 0 else high
                raise ValueError(
                    f"the {name} split holds the {side} id {wrong}, but ids run from 0 to {size - 1}; check the split"
                )
        keys[name] = (pairs[0] * num_items + pairs[1]).unique()
        if keys[name].numel() < pairs.size(1):
            repeated = pairs.size(1) - keys[name].numel()
            raise ValueError(f"the {name} split repeats {repeated} interactions; keep one of each")
    for first, second in (("train", "val"), ("train", "test"), ("val", "test")):
        shared = int(torch.isin(keys[first], keys[second]).sum())
        if shared:
            raise ValueError(f"the {first} and {second} splits share {shared} interactions; splits must be disjoint")
    has_train = torch.zeros(num_users, dtype=torch.bool).index_fill_(0, train[0], True)
    held_out = torch.cat([val[0], test[0]]).unique()
    cold = held_out[~has_train[held_out]]
    if cold.numel():
        raise ValueError(
            f"{cold.numel()} users have held-out items but none to train on, user {int(cold[0])} first; drop them, or "
            "move one of their interactions to the training split"
        )
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = num_users, num_items
    for side, original in (("user", user_id), ("item", item_id)):
        if original is not None:
            data[side].original_id = list(original)
    data[INTERACTS].edge_index = train
    data[INTERACTS].val_label_index = val
    data[INTERACTS].test_label_index = test
    return data


def statistics(data: HeteroData) -> Mapping[str, float]:
    """Users, items, interactions of all splits together, and density, as in Table 1 of the paper."""
    names = ("edge_index", "val_label_index", "test_label_index")
    total = sum(data[INTERACTS][name].size(1) for name in names)
    users, items = data["user"].num_nodes, data["item"].num_nodes
    return {"users": users, "items": items, "interactions": total, "density": total / (users * items)}
