"""The items that recommendations are limited to."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from ..data import find_nodes

#: Item ids, a boolean mask, or values of columns, as ``item_mask`` takes them.
Among = Sequence[Any] | Tensor | Mapping[str, Any]


def item_columns(data: HeteroData) -> dict[str, list[Any]]:
    """The columns of the items: the attributes of ``data["item"]`` that have one value per item.

    These are lists, arrays and vectors as long as there are items, such as titles, texts and categories.

    Args:
        data: The data object.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> data["item"].category = ["books", "films"] * 10
        >>> sorted(item_columns(data))
        ['category', 'original_id']
    """
    found = {}
    for name, values in data["item"].items():
        if (isinstance(values, Sequence) and not isinstance(values, str | bytes)) or getattr(values, "ndim", 0) == 1:
            entries = values.tolist() if hasattr(values, "tolist") else list(values)
            if len(entries) == data["item"].num_nodes:
                found[name] = entries
    return found


def item_mask(data: HeteroData, among: Among) -> Tensor:
    """Finds the items that recommendations are limited to.

    Args:
        data: The data object.
        among: A list of item ids; a boolean mask with one entry per item; or a mapping from columns of the items
            (``item_columns``) to a value or a list of values. An item must have one of the values in every column.
            Where an entry of a column is a list, such as the genres of a film, one of its values is enough.

    Returns:
        A boolean mask ``[N]``.

    Raises:
        ValueError: An id, a column or a value is unknown, the mask has another length, or no item is left.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> data["item"].category = ["books", "films"] * 10
        >>> item_mask(data, {"category": "books"})[:3]
        tensor([ True, False,  True])
        >>> item_mask(data, {"category": "book"})
        Traceback (most recent call last):
        ValueError: 'among' holds the value 'book' for 'category', which no item has; did you mean 'books'?
    """
    size = data["item"].num_nodes
    if isinstance(among, Mapping):
        mask = torch.ones(size, dtype=torch.bool)
        for column, wanted in among.items():
            mask &= _matching(data, column, wanted)
    elif _is_mask(among):
        mask = torch.as_tensor(among if isinstance(among, Tensor) else list(among), dtype=torch.bool).cpu()
        if mask.shape != (size,):
            raise ValueError(
                f"'among' is a mask of shape {list(mask.shape)}, but there are {size} items; give one entry per item"
            )
    else:
        mask = torch.zeros(size, dtype=torch.bool)
        mask[find_nodes(data, "item", cast(Sequence[Any], among), "among")] = True
    if not mask.any():
        raise ValueError("'among' leaves no item to recommend; give a wider filter, or None for all items")
    return mask


def _is_mask(among: Sequence[Any] | Tensor) -> bool:
    if hasattr(among, "dtype"):  # a tensor, an array or a series
        return str(among.dtype).removeprefix("torch.") == "bool"
    return isinstance(among, list | tuple) and bool(among) and all(isinstance(value, bool) for value in among)


def _matching(data: HeteroData, column: str, wanted: Any) -> Tensor:
    """Items that have one of the wanted values in a column, ``[N]``."""
    columns = item_columns(data)
    if column not in columns:
        raise ValueError(
            f"'among' names the column {column!r}, but the items have "
            f"{', '.join(map(repr, sorted(columns))) or 'no columns'}; set data['item'][{column!r}] to a list with one "
            "value per item"
        )
    entries = [entry if _is_list(entry) else [entry] for entry in columns[column]]
    values = wanted.tolist() if hasattr(wanted, "tolist") else wanted
    values = list(values) if _is_list(values) else [values]
    known = {value for entry in entries for value in entry}
    for value in values:
        if value not in known:
            raise ValueError(
                f"'among' holds the value {value!r} for {column!r}, which no item has; {_suggestion(value, known)}"
            )
    return torch.tensor([any(value in values for value in entry) for entry in entries], dtype=torch.bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)


def _suggestion(value: Any, known: set[Any]) -> str:
    by_text = {str(candidate): candidate for candidate in known}
    near = difflib.get_close_matches(str(value), by_text, 1) or sorted(by_text)[:1]
    return f"did you mean {by_text[near[0]]!r}?" if near else "the column is empty"
