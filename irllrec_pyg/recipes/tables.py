"""Tables of a recipe: a name and arguments."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any


def name_of(table: Mapping[str, Any], part: str) -> str:
    """Name that a table gives.

    Raises:
        ValueError: It gives none.

    Examples:
        >>> name_of({"name": "ease"}, "model")
        'ease'
    """
    if not isinstance(table, Mapping) or not isinstance(table.get("name"), str):
        raise ValueError(f"every table of '{part}' needs a 'name' (got {table!r})")
    return str(table["name"])


def arguments(table: Mapping[str, Any]) -> dict[str, Any]:
    """What a table holds beside its name and its weight in a blend.

    Examples:
        >>> arguments({"name": "ease", "l2_weight": 10.0})
        {'l2_weight': 10.0}
    """
    return {key: deepcopy(value) for key, value in table.items() if key != "name"}


def replaced(tables: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Copy of nested tables with values replaced by dotted names; :obj:`None` removes an entry.

    Args:
        tables: Dictionaries and lists in each other.
        settings: New values by dotted names; a number is a position in a list.

    Raises:
        ValueError: A list has no such position.

    Examples:
        >>> replaced({"a": [{"b": 1}]}, {"a.0.b": 2, "c.d": 3})
        {'a': [{'b': 2}], 'c': {'d': 3}}
    """
    result: dict[str, Any] = deepcopy(dict(tables))
    for name, value in settings.items():
        *path, last = name.split(".")
        table: Any = result
        for step in path:
            table = table[_position(table, step, name)] if isinstance(table, list) else table.setdefault(step, {})
        key: Any = _position(table, last, name) if isinstance(table, list) else last
        if value is not None:
            table[key] = value
        elif isinstance(table, list) or key in table:
            del table[key]
    return result


def _position(table: list[Any], step: str, name: str) -> int:
    if not step.isdecimal() or int(step) >= len(table):
        raise ValueError(f"{name!r} names no setting: {step!r} is no position in a list of {len(table)}")
    return int(step)
