"""Hashes of data and settings, the keys of checkpoints, caches and result rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from .._plain import plain
from .interactions import INTERACTS, SPLIT_NAMES
from .pairs import pair_keys

_LENGTH = 16  # hexadecimal digits kept of a hash


def tensor_digest(tensor: Tensor) -> str:
    """Hash of a tensor's type, shape and values, the same on every device.

    Args:
        tensor: Any dense tensor.

    Raises:
        TypeError: The tensor is sparse or quantised.

    Examples:
        >>> tensor_digest(torch.zeros(2)) == tensor_digest(torch.zeros(2))
        True
        >>> tensor_digest(torch.zeros(2)) == tensor_digest(torch.zeros(1, 2))
        False
    """
    if tensor.layout != torch.strided or tensor.is_quantized:
        raise TypeError("cannot hash a sparse or quantised tensor; give its indices and values as dense tensors")
    tensor = plain(tensor.detach()).cpu().contiguous()
    result = hashlib.sha256(f"{tensor.dtype} {tuple(tensor.shape)}".encode())
    result.update(tensor.flatten().view(torch.uint8).numpy().data if tensor.numel() else b"")
    return result.hexdigest()[:_LENGTH]


def digest(*values: Any) -> str:
    """Hash of plain values and tensors.

    Args:
        *values: Values that JSON can hold, with tensors anywhere in them. The order of a dictionary's keys does not
            count.

    Raises:
        TypeError: A value is neither plain nor a tensor.

    Examples:
        >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
        True
    """

    def default(value: Any) -> Any:
        if isinstance(value, Tensor):
            return {"tensor": tensor_digest(value)}
        raise TypeError(f"cannot hash a {type(value).__name__}; give plain values and tensors")

    text = json.dumps(values, sort_keys=True, default=default)
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def fingerprint(data: HeteroData, features: Sequence[str] | None = None) -> str:
    """Hash of a data object: sizes, splits, and features with their type.

    Two data objects with the same fingerprint train the same model, up to the order in which interactions are drawn.
    The order of the interactions and their integer type do not count. Texts and original ids do not count either,
    because no model reads them.

    Args:
        data: The data object.
        features: Names of the node features to include, such as ``["intent"]``; an empty sequence includes the sizes
            and splits alone. (default: every floating point tensor of users and items)

    Returns:
        16 hexadecimal digits.

    Raises:
        ValueError: The data has no feature of that name.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> before = fingerprint(data)
        >>> data["item"].intent = data["item"].intent + 1.0
        >>> fingerprint(data) == before
        False
        >>> fingerprint(data, features=()) == fingerprint(tiny_data(), features=())
        True
    """
    num_items = data["item"].num_nodes
    splits = {
        name: tensor_digest(pair_keys(data[INTERACTS][name], num_items).sort().values) for name in SPLIT_NAMES.values()
    }
    hashes: dict[str, dict[str, str]] = {"user": {}, "item": {}}
    for side, found in hashes.items():
        for name in _feature_names(data[side]) if features is None else features:
            if name not in data[side]:
                raise ValueError(f"data['{side}'] has no {name!r} features to hash; set them first")
            found[name] = tensor_digest(data[side][name])
    return digest(data["user"].num_nodes, num_items, splits, hashes)


def versions() -> dict[str, str]:
    """Versions of the packages that results depend on.

    Examples:
        >>> sorted(versions())
        ['irllrec-pyg', 'torch', 'torch-geometric']
    """
    return {name: version(name) for name in ("irllrec-pyg", "torch", "torch-geometric")}


def _feature_names(store: Any) -> list[str]:
    return [name for name, value in store.items() if isinstance(value, Tensor) and value.is_floating_point()]
