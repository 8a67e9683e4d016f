"""Identity: hashes by which checkpoints, caches and result rows know what they were made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from .interactions import INTERACTS

_SPLITS = ("edge_index", "val_label_index", "test_label_index")
_LENGTH = 16  # hexadecimal digits kept of a hash


def tensor_digest(tensor: Tensor) -> str:
    """Hash of a tensor's type, shape and values, the same on every device.

    Args:
        tensor: Any dense tensor.

    Examples:
        >>> tensor_digest(torch.zeros(2)) == tensor_digest(torch.zeros(2))
        True
        >>> tensor_digest(torch.zeros(2)) == tensor_digest(torch.zeros(1, 2))
        False
    """
    tensor = tensor.detach().as_subclass(Tensor).cpu().contiguous()
    result = hashlib.sha256(f"{tensor.dtype} {tuple(tensor.shape)}".encode())
    result.update(tensor.flatten().view(torch.uint8).numpy().data if tensor.numel() else b"")
    return result.hexdigest()[:_LENGTH]


def digest(*values: Any) -> str:
    """Hash of plain values and tensors.

    Args:
        *values: Anything that JSON can hold, with tensors anywhere in it. The order of a mapping's keys does not count.

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
    """Hash of a data object: sizes, splits and features.

    Two data objects with the same fingerprint train the same model. The order of the interactions does not count;
    texts and original ids do not count either, because no model reads them.

    Args:
        data: The data object.
        features: Names of the node features to include, such as ``["intent"]``; an empty sequence includes the sizes
            and splits alone. (default: every floating point tensor of users and items)

    Returns:
        16 hexadecimal digits.

    Raises:
        KeyError: The data has no feature of that name.

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
    splits = {}
    for name in _SPLITS:
        user, item = data[INTERACTS][name].as_subclass(Tensor).long()
        splits[name] = tensor_digest((user * num_items + item).sort().values)
    found = {}
    for side in ("user", "item"):
        store = data[side]
        names = _feature_names(store) if features is None else features
        found[side] = {name: tensor_digest(store[name]) for name in sorted(set(names))}
    return digest(data["user"].num_nodes, num_items, splits, found)


def _feature_names(store: Any) -> list[str]:
    return [name for name, value in store.items() if isinstance(value, Tensor) and value.is_floating_point()]
