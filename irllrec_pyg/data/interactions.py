"""The data object of the package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from .ids import check_original_ids
from .pairs import check_pairs, pair_keys

INTERACTS = ("user", "interacts", "item")

#: Names of the splits, and the attribute of ``data[INTERACTS]`` that holds each.
SPLIT_NAMES = {"train": "edge_index", "val": "val_label_index", "test": "test_label_index"}

#: Attribute of ``data[INTERACTS]`` that may hold pairs which are no interactions, such as those with low ratings: no
#: model learns from them, and they are not recommended.
SEEN = "seen_index"


def make_data(
    train: Tensor,
    val: Tensor,
    test: Tensor,
    num_users: int,
    num_items: int,
    user_id: Sequence[Any] | None = None,
    item_id: Sequence[Any] | None = None,
) -> HeteroData:
    """Builds the package's data object from interactions that are already split.

    ``data["user"]`` and ``data["item"]`` have ``num_nodes`` and, where given, ``original_id``;
    ``data["user", "interacts", "item"]`` has ``edge_index`` (training interactions only), ``val_label_index`` and
    ``test_label_index``, all as 64-bit integers.

    Args:
        train: Training interactions as (user, item) pairs, ``[2, E]``.
        val: Interactions held out for validation, ``[2, E_val]``.
        test: Interactions held out for the test, ``[2, E_test]``.
        num_users: :math:`M`.
        num_items: :math:`N`.
        user_id: Original ids of the users, in the order of their numbers. (default: :obj:`None`)
        item_id: Original ids of the items, in the order of their numbers. (default: :obj:`None`)

    Raises:
        ValueError: A split is empty, an id is out of range, a pair occurs in two splits or twice in one, a user with
            held-out items has no training item, or original ids do not fit (:func:`check_original_ids`).

    Examples:
        >>> train, val, test = torch.tensor([[0, 1], [0, 1]]), torch.tensor([[0], [1]]), torch.tensor([[1], [0]])
        >>> data = make_data(train, val, test, num_users=2, num_items=2, user_id=["ann", "bob"])
        >>> data["user"].original_id, data[INTERACTS].edge_index.shape
        (['ann', 'bob'], torch.Size([2, 2]))
    """
    splits = {
        name: check_pairs(pairs, num_users, num_items, name)
        for name, pairs in (("train", train), ("val", val), ("test", test))
    }
    _check_disjoint({name: pair_keys(pairs, num_items) for name, pairs in splits.items()})
    _check_trainable(splits, num_users)
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = num_users, num_items
    for side, size, original in (("user", num_users, user_id), ("item", num_items, item_id)):
        if original is not None:
            data[side].original_id = check_original_ids(original, size, side)
    for name, attribute in SPLIT_NAMES.items():
        data[INTERACTS][attribute] = splits[name]
    return data


def statistics(data: HeteroData) -> Mapping[str, float]:
    """Numbers of users, items and interactions of all splits together, and the density, as in Table 1 of the paper.

    Args:
        data: The data object.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> statistics(tiny_data())
        {'users': 24, 'items': 20, 'interactions': 192, 'density': 0.4}
    """
    total = sum(data[INTERACTS][name].size(1) for name in SPLIT_NAMES.values())
    users, items = data["user"].num_nodes, data["item"].num_nodes
    return {"users": users, "items": items, "interactions": total, "density": total / (users * items)}


def _check_disjoint(keys: Mapping[str, Tensor]) -> None:
    for name, key in keys.items():
        if key.numel() == 0:
            raise ValueError(f"the {name} split is empty; every split needs interactions")
        repeated = key.numel() - key.unique().numel()
        if repeated:
            raise ValueError(f"the {name} split repeats {repeated} interactions; keep one of each")
    for first, second in (("train", "val"), ("train", "test"), ("val", "test")):
        shared = int(torch.isin(keys[first], keys[second]).sum())
        if shared:
            raise ValueError(f"the {first} and {second} splits share {shared} interactions; splits must be disjoint")


def _check_trainable(splits: Mapping[str, Tensor], num_users: int) -> None:
    has_train = torch.zeros(num_users, dtype=torch.bool, device=splits["train"].device)
    has_train[splits["train"][0]] = True
    held_out = torch.cat([splits["val"][0], splits["test"][0]]).unique()
    cold = held_out[~has_train[held_out]]
    if cold.numel():
        raise ValueError(
            f"{cold.numel()} users have held-out items but no training item, the first is user {int(cold[0])}; drop "
            "them, or move one of their interactions to the training split"
        )
