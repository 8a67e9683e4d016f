"""A data object as plain values, tensors and columns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor
from torch_geometric.data import HeteroData

from .._plain import plain
from ..data import tensor_digest

_SIDES = ("user", "item")  # nodes whose lists are columns of a table


@dataclass
class StoredData:
    """What a data object holds, sorted by how it is saved.

    Args:
        stores: For every store of the data its type, its plain values, and the names of its tensors and columns.
        tensors: The tensors, by their hash.
        columns: The columns of users and of items: original ids, titles, texts, and all else that has one value per
            node.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> stored = StoredData.from_data(tiny_data())
        >>> sorted(stored.stores[1]["tensors"]), list(stored.columns["user"])
        (['intent', 'profile'], ['original_id'])
        >>> stored.to_data()["user"].original_id[:2]
        ['user 0', 'user 1']
    """

    stores: list[dict[str, Any]]
    tensors: dict[str, Tensor] = field(default_factory=dict)
    columns: dict[str, Mapping[str, Sequence[Any]]] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: HeteroData) -> StoredData:
        """Sorts what a data object holds.

        Args:
            data: The data object.

        Raises:
            TypeError: A value cannot be saved; the message names it.
        """
        stored = cls([])
        for kind in [None, *data.node_types, *data.edge_types]:
            store = data._global_store if kind is None else data[kind]
            entry: dict[str, Any] = {"type": kind, "tensors": {}, "columns": [], "plain": {}}
            columns: dict[str, Sequence[Any]] = {}
            for name, value in store.items():
                if isinstance(value, Tensor):
                    entry["tensors"][name] = stored._add(kind, name, value)
                elif kind in _SIDES and (values := _column(value, store.num_nodes)) is not None:
                    entry["columns"].append(name)
                    columns[name] = values
                else:
                    entry["plain"][name] = _plain(kind, name, value)
            if columns:
                stored.columns[kind] = columns
            stored.stores.append(entry)
        return stored

    def to_data(self) -> HeteroData:
        """Builds the data object."""
        data = HeteroData()
        for entry in self.stores:
            kind = tuple(entry["type"]) if isinstance(entry["type"], list | tuple) else entry["type"]
            store = data._global_store if kind is None else data[kind]
            for name, value in entry["plain"].items():
                store[name] = value
            for name, key in entry["tensors"].items():
                store[name] = self.tensors[key]
            for name in entry["columns"]:
                store[name] = self.columns[str(kind)][name]
        return data

    def _add(self, kind: Any, name: str, value: Tensor) -> str:
        try:
            key = tensor_digest(value)
        except TypeError as error:
            raise TypeError(f"data[{kind!r}][{name!r}] cannot be saved: {error}") from error
        self.tensors[key] = plain(value.detach())
        return key


def _column(value: Any, size: int) -> list[Any] | None:
    """The values of a list, an array or a series with one value per node; :obj:`None` for anything else."""
    if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__len__") or len(value) != size:
        return None
    return value.tolist() if hasattr(value, "tolist") else list(value)


def _plain(kind: Any, name: str, value: Any) -> Any:
    try:
        if json.loads(json.dumps(value)) == value:
            return value
    except (TypeError, ValueError):
        pass
    raise TypeError(
        f"data[{kind!r}][{name!r}] is a {type(value).__name__}, which cannot be saved; delete it, or make it a tensor, "
        "plain data, or a list with one value per node"
    )
