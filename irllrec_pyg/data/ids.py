"""Original ids of users and items: as JSON and back, and the nodes that they belong to."""

from __future__ import annotations

import difflib
import math
import sys
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from .pairs import check_ids

#: A type, and the functions that write its values as text and read them.
Kind = tuple[type, Callable[[Any], str], Callable[[str], Any]]

_PLAIN = (str, int, bool)
_KINDS: dict[str, Kind] = {
    "float": (float, repr, float),  # infinity, for which JSON has no number
    "uuid": (uuid.UUID, str, uuid.UUID),
    "bytes": (bytes, bytes.hex, bytes.fromhex),
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "datetime64": (np.datetime64, str, np.datetime64),
}


def ids_to_json(ids: Iterable[Any]) -> list[Any]:
    """Describes ids by values that JSON can hold. :func:`ids_from_json` restores them exactly.

    Strings, whole numbers and booleans stay as they are. Any other type becomes a dictionary of one entry, such as
    ``{"uuid": "..."}``. A numpy scalar comes back as the Python value that equals it, and a time zone as its offset.

    Args:
        ids: Strings, numbers, booleans, UUIDs, bytes, dates, datetimes, pandas timestamps, or numpy scalars.

    Raises:
        TypeError: An id has another type, or a value that cannot be restored exactly, such as NaN.

    Examples:
        >>> from datetime import date
        >>> ids_to_json(["u1", 7, b"key", date(2024, 5, 1)])
        ['u1', 7, {'bytes': '6b6579'}, {'date': '2024-05-01'}]
    """
    described = []
    for position, value in enumerate(ids):
        entry = _describe(value)
        if entry is None or not _equal(value, _restore(entry)):
            raise TypeError(
                f"id {position} is {value!r} ({type(value).__name__}), which cannot be kept exactly; use strings, "
                "numbers, booleans, UUIDs, bytes, dates or timestamps"
            )
        described.append(entry)
    return described


def ids_from_json(values: Iterable[Any]) -> list[Any]:
    """Restores the ids that :func:`ids_to_json` described.

    Args:
        values: The descriptions.

    Raises:
        ValueError: A description has an unknown type.

    Examples:
        >>> ids_from_json(["u1", {"bytes": "6b6579"}])
        ['u1', b'key']
    """
    return [_restore(value) for value in values]


def check_original_ids(ids: Sequence[Any] | Tensor, size: int, side: str) -> list[Any]:
    """Returns the original ids of one side as a list.

    Args:
        ids: Original ids, in the order of the nodes.
        size: Number of nodes on the side.
        side: ``"user"`` or ``"item"``, for the error message.

    Raises:
        ValueError: Their number is wrong, or an id occurs twice.

    Examples:
        >>> check_original_ids(["ann", "bob", "ann"], size=3, side="user")
        Traceback (most recent call last):
        ValueError: 'user_id' holds 'ann' twice; ids must differ (names and titles need not: keep them elsewhere)
    """
    listed: list[Any] = ids.tolist() if isinstance(ids, Tensor) else list(ids)
    if len(listed) != size:
        raise ValueError(f"'{side}_id' holds {len(listed)} ids, but there are {size} {side}s; give one for each")
    seen: set[Any] = set()
    for value in listed:
        if value in seen:
            raise ValueError(
                f"'{side}_id' holds {value!r} twice; ids must differ (names and titles need not: keep them elsewhere)"
            )
        seen.add(value)
    return listed


def find_nodes(data: HeteroData, side: str, ids: Sequence[Any], name: str = "ids") -> Tensor:
    """Finds the nodes with the given original ids.

    Args:
        data: The data object. Where it has no original ids, the ids are those of the nodes.
        side: ``"user"`` or ``"item"``.
        ids: Original ids, as a list, an array, a series or a tensor.
        name: Name of the argument, for error messages. (default: ``"ids"``)

    Returns:
        Numbers of the nodes, ``[n]``.

    Raises:
        ValueError: There is no such node; the message names ids that are similar.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> find_nodes(tiny_data(), "user", ["user 3", "user 0"])
        tensor([3, 0])
        >>> find_nodes(tiny_data(), "user", ["user O3"], name="users")
        Traceback (most recent call last):
        ValueError: 'users' holds 'user O3', but there is no such user; did you mean 'user 3', 'user 23' or 'user 13'?
    """
    if isinstance(ids, str | bytes) or not hasattr(ids, "__iter__"):
        raise ValueError(f"'{name}' must be a list of ids (got {ids!r}); for one {side}, give [{ids!r}]")
    wanted: list[Any] = ids.tolist() if isinstance(ids, Tensor) else list(ids)
    if "original_id" not in data[side]:
        if not all(isinstance(value, int | np.integer) for value in wanted):
            raise ValueError(f"'{name}' must hold integers (got {wanted}), because the {side}s have no original ids")
        nodes = torch.tensor(wanted, dtype=torch.long)
        check_ids(nodes, data[side].num_nodes, side, name)
        return nodes
    original: list[Any] = data[side].original_id
    position = {value: node for node, value in enumerate(original)}
    unknown = [value for value in wanted if value not in position]
    if unknown:
        more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        raise ValueError(
            f"'{name}' holds {unknown[0]!r}{more}, but there is no such {side}; {_suggestion(unknown[0], original)}"
        )
    return torch.tensor([position[value] for value in wanted], dtype=torch.long)


def _suggestion(value: Any, known: Sequence[Any]) -> str:
    by_text = {str(candidate): candidate for candidate in known}
    near = [repr(by_text[text]) for text in difflib.get_close_matches(str(value), by_text, 3)]
    if not near:
        return f"ids look like {known[0]!r}"
    return f"did you mean {', '.join(near[:-1])}{' or ' if near[:-1] else ''}{near[-1]}?"


def _describe(value: Any) -> Any:
    """Description of an id; :obj:`None` where its type is unknown."""
    if isinstance(value, np.generic) and not isinstance(value, np.datetime64):
        value = value.item()
    # A value of a subclass, such as an Enum of strings, would come back as a plain one.
    if type(value) in _PLAIN or (type(value) is float and math.isfinite(value)):
        return value
    for name, (cls, write, _) in _kinds().items():
        if type(value) is cls:
            return {name: write(value)}
    return None


def _restore(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    name, text = next(iter(entry.items()), ("", ""))
    if name == "timestamp":
        import pandas  # noqa: F401 - no other id needs it
    if name not in _kinds():
        raise ValueError(f"there is no kind of id {name!r} (got {entry}); a newer version may have written it")
    return _kinds()[name][2](text)


def _kinds() -> dict[str, Kind]:
    pandas = sys.modules.get("pandas")  # where it was not imported, no value is a timestamp
    return _KINDS | ({"timestamp": (pandas.Timestamp, pandas.Timestamp.isoformat, pandas.Timestamp)} if pandas else {})


def _equal(first: Any, second: Any) -> bool:
    try:
        return bool(first == second) and hash(first) == hash(second)
    except TypeError:  # such as a list, which has no hash
        return False
