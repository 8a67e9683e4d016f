"""Text features of users and items, and the mask of those that have a text."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from .interactions import INTERACTS


def check_features(name: str, user: Tensor, item: Tensor, num_users: int, num_items: int) -> None:
    """Checks a pair of feature matrices.

    Args:
        name: What to call them in errors.
        user: Features of users.
        item: Features of items.
        num_users: Rows that ``user`` must have.
        num_items: Rows that ``item`` must have.

    Raises:
        ValueError: Rows do not match the nodes, values are NaN or infinite, or widths differ.
    """
    for side, feature, rows in (("user", user, num_users), ("item", item, num_items)):
        if feature.dim() != 2 or feature.size(0) != rows:
            raise ValueError(
                f"'{name}' features of {side}s are {list(feature.shape)}, but there are {rows} {side}s; give a row a "
                "node, encoded in the order of the ids, users first"
            )
        if not feature.isfinite().all():
            row = int((~feature.isfinite()).any(dim=1).nonzero()[0])
            raise ValueError(f"'{name}' features of {side}s hold NaN or infinity, first in row {row}; encode it again")
    if user.size(1) != item.size(1):
        raise ValueError(
            f"'{name}' features are {user.size(1)} wide for users and {item.size(1)} for items; use one encoder"
        )


def text_mask(feature: Tensor) -> Tensor:
    """Mask of the nodes that have a text, ``[n]``: a row of zeros stands for one that is missing, and no encoder makes
    such a row of a text."""
    return feature.ne(0).any(dim=-1)


def unit_features(feature: Tensor, center: bool = False) -> Tensor:
    """Rows of unit length in single precision; those of zeros, which have no text, stay.

    Args:
        feature: ``[n, d_t]``.
        center: Whether the mean over the rows that have a text is taken from these first. (default: ``False``)
    """
    ids = text_mask(feature).nonzero().squeeze(1)
    told = feature.index_select(0, ids).float()
    if center and told.size(0) > 1:
        told = told - told.mean(dim=0)
    return told.new_zeros(feature.shape).index_copy_(0, ids, torch.nn.functional.normalize(told, dim=-1))


def set_features(data: HeteroData, name: str, user: Tensor, item: Tensor) -> HeteroData:
    """Puts features beside the nodes they belong to, as ``data["user"][name]`` and ``data["item"][name]``.

    A row of zeros says that a node has no text (:func:`text_mask`): it takes no part in the terms that read texts, and
    is recommended all the same.

    Raises:
        ValueError: As :func:`check_features`.
    """
    check_features(name, user, item, data["user"].num_nodes, data["item"].num_nodes)
    data["user"][name], data["item"][name] = user, item
    return data


def get_features(data: HeteroData, name: str) -> tuple[Tensor, Tensor]:
    """Features of users and of items, such as ``data["user"].intent``.

    Raises:
        ValueError: A side lacks them.
    """
    for side in ("user", "item"):
        if name not in data[side]:
            raise ValueError(
                f"data['{side}'] has no '{name}' features; give the dataset feature files, or make them with "
                "irllrec_pyg.text.text_features and set_features"
            )
    return data["user"][name], data["item"][name]


def mean_of_items(data: HeteroData, item: Tensor) -> Tensor:
    """User features where users have no text: the mean of their training items', at unit length. Items without text do
    not count, and users of only such items have none either.

    Args:
        data: The data object; only its training interactions are read.
        item: Item features, ``[N, d_t]``.

    Returns:
        ``[M, d_t]``.
    """
    user, taken = data[INTERACTS].edge_index
    total = item.new_zeros(data["user"].num_nodes, item.size(1)).index_add_(0, user, item[taken])
    return torch.nn.functional.normalize(total, dim=-1)
