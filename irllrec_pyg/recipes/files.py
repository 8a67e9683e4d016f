"""Files of recipes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .._io import read_toml, write_text, write_toml
from .tables import Table


def read_tables(file: str | Path) -> dict[str, Any]:
    """Reads the tables of a recipe from a ``.toml`` or ``.json`` file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged, or has another suffix.
    """
    file = _checked(file)
    if file.suffix == ".toml":
        return read_toml(file)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"'{file}' is damaged: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"'{file}' holds no recipe, but {content!r}")
    return content


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
