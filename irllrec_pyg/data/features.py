"""Text features of users and items, and the mask of those that have a text."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from .interactions import INTERACTS


def check_features(name: str, user: Tensor, item: Tensor, num_users: int, num_items: int) -> None:
    """Checks a pair of feature matrices.

    Args:
        name: Name of the features, for error messages.
        user: Features of users.
        item: Features of items.
        num_users: Number of rows that ``user`` must have.
        num_items: Number of rows that ``item`` must have.

    Raises:
        ValueError: The rows do not match the nodes, a value is NaN or infinite, or the widths differ.

    Examples:
        >>> check_features("intent", torch.ones(2, 8), torch.ones(3, 4), num_users=2, num_items=3)
        Traceback (most recent call last):
        ValueError: 'intent' features are 8 wide for users and 4 for items; use one encoder
    """
    for side, feature, rows in (("user", user, num_users), ("item", item, num_items)):
        if feature.dim() != 2 or feature.size(0) != rows:
            raise ValueError(
                f"'{name}' features of {side}s are {list(feature.shape)}, but there are {rows} {side}s; give one row "
                "per node in the order of the ids, and pass users before items"
            )
        finite = feature.isfinite().all(dim=1)
        if not finite.all():
            row = int((~finite).nonzero()[0])
            raise ValueError(f"'{name}' features of {side}s hold NaN or infinity, first in row {row}; encode it again")
    if user.size(1) != item.size(1):
        raise ValueError(
            f"'{name}' features are {user.size(1)} wide for users and {item.size(1)} for items; use one encoder"
        )


def text_mask(feature: Tensor) -> Tensor:
    """Mask of the nodes that have a text, ``[n]``. A row of zeros means that the text is missing; no encoder returns
    such a row for a text.

    Args:
        feature: Text features, ``[n, d_t]``.

    Examples:
        >>> text_mask(torch.tensor([[0.0, 1.0], [0.0, 0.0]]))
        tensor([ True, False])
    """
    return feature.ne(0).any(dim=-1)


def unit_features(feature: Tensor, center: bool = False) -> Tensor:
    """Text features scaled to unit length, in single precision. Rows of zeros, which have no text, stay zeros.

    Args:
        feature: Text features, ``[n, d_t]``.
        center: Whether to subtract the mean over the rows that have a text first. (default: ``False``)

    Examples:
        >>> unit_features(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
        tensor([[0.6000, 0.8000],
                [0.0000, 0.0000]])
    """
    ids = text_mask(feature).nonzero().squeeze(1)
    rows = feature.index_select(0, ids).float()
    if center and rows.size(0) > 1:
        rows = rows - rows.mean(dim=0)
    return rows.new_zeros(feature.shape).index_copy_(0, ids, torch.nn.functional.normalize(rows, dim=-1))


def set_features(data: HeteroData, name: str, user: Tensor, item: Tensor) -> HeteroData:
    """Sets features of all nodes, as ``data["user"][name]`` and ``data["item"][name]``, and returns the data object.

    A row of zeros means that a node has no text (:func:`text_mask`). Such a node takes no part in the loss terms that
    read texts, and is recommended all the same.

    Args:
        data: The data object; it is changed.
        name: Name of the features, such as ``"intent"``.
        user: Features of users, ``[M, d_t]``.
        item: Features of items, ``[N, d_t]``.

    Raises:
        ValueError: See :func:`check_features`.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = set_features(tiny_data(), "review", torch.ones(24, 8), torch.ones(20, 8))
        >>> data["item"].review.shape
        torch.Size([20, 8])
    """
    check_features(name, user, item, data["user"].num_nodes, data["item"].num_nodes)
    data["user"][name], data["item"][name] = user, item
    return data


def get_features(data: HeteroData, name: str) -> tuple[Tensor, Tensor]:
    """Features of users and of items, such as ``data["user"].intent`` and ``data["item"].intent``.

    Args:
        data: The data object.
        name: Name of the features.

    Raises:
        ValueError: A side has no such features.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> [feature.shape for feature in get_features(tiny_data(), "intent")]
        [torch.Size([24, 12]), torch.Size([20, 12])]
    """
    for side in ("user", "item"):
        if name not in data[side]:
            raise ValueError(
                f"data['{side}'] has no '{name}' features; give the dataset feature files, or make them with "
                "irllrec_pyg.text.text_features and set_features"
            )
    return data["user"][name], data["item"][name]


def mean_of_items(data: HeteroData, item: Tensor) -> Tensor:
    """User features for users without texts of their own: the mean over their training items, at unit length.

    Items without text do not count. A user who has only such items gets a row of zeros.

    Args:
        data: The data object; only its training interactions are read.
        item: Item features, ``[N, d_t]``.

    Returns:
        ``[M, d_t]``.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> mean_of_items(data, data["item"].intent).norm(dim=1)[:2]
        tensor([1., 1.])
    """
    user, train_item = data[INTERACTS].edge_index
    total = item.new_zeros(data["user"].num_nodes, item.size(1)).index_add_(0, user, item[train_item])
    return torch.nn.functional.normalize(total, dim=-1)
