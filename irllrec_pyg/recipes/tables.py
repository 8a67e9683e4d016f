"""Tables of a recipe: plain data."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

Table = Mapping[str, Any]


def plain(value: Any, part: str) -> Any:
    """A copy of a value as JSON gives it: dictionaries, lists, strings, numbers and booleans.

    Args:
        value: The value.
        part: Name of the value in error messages.

    Raises:
        ValueError: The value, or something in it, is :obj:`None` or not plain.

    Examples:
        >>> plain({"k": (5, 10)}, "trainer")
        {'k': [5, 10]}
    """
    if isinstance(value, Mapping):
        return {str(name): plain(entry, f"{part}.{name}") for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry, f"{part}.{number}") for number, entry in enumerate(value)]
    if value is None or not isinstance(value, bool | int | float | str):
        raise ValueError(f"'{part}' must be plain data (got {value!r}); leave it out to use the default")
    return value


def arguments(table: Table) -> dict[str, Any]:
    """Entries of a table other than the name.

    Examples:
        >>> arguments({"name": "ease", "l2_weight": 10.0})
        {'l2_weight': 10.0}
    """
    return {key: deepcopy(value) for key, value in table.items() if key != "name"}


def replaced(tables: Table, settings: Table) -> dict[str, Any]:
    """Copy of nested tables with values replaced by dotted names; :obj:`None` removes an entry.

    Args:
        tables: Dictionaries and lists in each other.
        settings: New values by dotted names. In a list, a step is a position or the ``name`` of one of its tables.

    Raises:
        ValueError: A name leads nowhere.

    Examples:
        >>> replaced({"a": [{"name": "x", "b": 1}]}, {"a.0.b": 2, "c.d": 3})
        {'a': [{'name': 'x', 'b': 2}], 'c': {'d': 3}}
        >>> replaced({"a": [{"name": "x", "b": 1}]}, {"a.x.b": None})
        {'a': [{'name': 'x'}]}
    """
    result: dict[str, Any] = deepcopy(dict(tables))
    for name, value in settings.items():
        *path, last = name.split(".")
        table: Any = result
        for step in path:
            table = table[_position(table, step, name)] if isinstance(table, list) else table.setdefault(step, {})
            if not isinstance(table, dict | list):
                raise ValueError(f"{name!r} names no setting: {step!r} is {table!r}, not a table")
        key: Any = _position(table, last, name) if isinstance(table, list) else last
        if value is not None:
            table[key] = deepcopy(value)
        elif isinstance(table, list) or key in table:
            del table[key]
    return result


def _position(table: list[Any], step: str, name: str) -> int:
    names = [entry.get("name") for entry in table if isinstance(entry, Mapping)]
    if step in names:
        return names.index(step)
    if not step.isdecimal() or int(step) >= len(table):
        raise ValueError(f"{name!r} names no setting: {step!r} is no position or name in a list of {len(table)}")
    return int(step)
