"""Original ids as JSON and back."""

from __future__ import annotations

import math
import sys
import uuid
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

import numpy as np

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
