"""Files of recipes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .._io import read_json, read_toml, write_text, write_toml
from .tables import Table

_MAX_REASON = 1000


def read_tables(file: str | Path) -> dict[str, Any]:
    """Reads the tables of a recipe from a ``.toml`` or ``.json`` file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged, or has another suffix.
    """
    file = _checked(file)
    if file.suffix == ".toml":
        return read_toml(file)
    return read_json(file)


@contextmanager
def naming(file: str | Path) -> Iterator[None]:
    """Names a file in errors about the recipe that it holds.

    Args:
        file: The file.

    Examples:
        >>> with naming("mine.toml"):
        ...     raise ValueError("'model' is missing")
        Traceback (most recent call last):
        ValueError: 'mine.toml' holds no recipe: 'model' is missing; correct the file
    """
    try:
        yield
    except (TypeError, ValueError, RecursionError) as error:
        words = str(error)
        words = words if len(words) <= _MAX_REASON else f"{words[:_MAX_REASON]}…"
        raise ValueError(f"'{file}' holds no recipe: {words}; correct the file") from error


def write_tables(file: str | Path, tables: Table) -> Path:
    """Writes the tables of a recipe to a ``.toml`` or ``.json`` file.

    Raises:
        ValueError: The file has another suffix.
    """
    file = _checked(file)
    if file.suffix == ".toml":
        write_toml(file, tables)
    else:
        write_text(file, json.dumps(tables, indent=2) + "\n")
    return file


def _checked(file: str | Path) -> Path:
    file = Path(file)
    if file.suffix not in (".toml", ".json"):
        raise ValueError(f"a recipe is a .toml or .json file (got '{file}')")
    return file
