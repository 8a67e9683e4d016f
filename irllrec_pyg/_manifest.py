"""Manifests: JSON files that describe a folder or a file, with the version of its format and a hash of themselves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._io import read_json, write_json

_FORMAT, _HASH = "format", "hash"


def write_manifest(file: str | Path, content: Mapping[str, Any], version: int) -> None:
    """Writes a manifest. The file is complete or as it was before.

    Args:
        file: The file.
        content: The description, in values that JSON can hold.
        version: Version of the format of what it describes.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "manifest.json"
        >>> write_manifest(file, {"rows": 3}, version=1)
        >>> read_manifest(file, 1, "make it again")["rows"]
        3
    """
    described = {_FORMAT: version, **content}
    write_json(file, {**described, _HASH: _hash(described)})


def read_manifest(file: str | Path, version: int, remedy: str) -> dict[str, Any]:
    """Reads a manifest.

    Args:
        file: The file.
        version: Version of the format that can be read. A manifest without a version has the first one.
        remedy: What to do if it cannot be read, for the error message.

    Raises:
        ValueError: It is damaged, or of another version.
    """
    content = read_json(file)
    check_manifest(file, content, version, remedy)
    return content


def check_manifest(file: str | Path, content: dict[str, Any], version: int, remedy: str) -> None:
    """Checks a manifest that was read already, as :func:`read_manifest`.

    Args:
        file: The file, for the error message.
        content: Its content. Version and hash are taken out of it.
        version: Version of the format that can be read.
        remedy: What to do if it cannot be read, for the error message.

    Raises:
        ValueError: It is damaged, or of another version.
    """
    found = content.pop(_HASH, None)
    damaged = found is not None and found != _hash(content)
    check_format(file, content.pop(_FORMAT, 1), version, remedy)
    if damaged:
        raise ValueError(f"'{file}' is damaged: its content has another hash; {remedy}")


def check_format(file: str | Path, found: Any, version: int, remedy: str) -> None:
    """Checks the version of a format.

    Args:
        file: The file, for the error message.
        found: The version that it names.
        version: The version that can be read.
        remedy: What to do if it is another one, for the error message.

    Raises:
        ValueError: It is another version.

    Examples:
        >>> check_format("x.json", 2, 1, "delete it")
        Traceback (most recent call last):
        ValueError: 'x.json' has the format 2, but this version reads 1; install a newer irllrec_pyg, or delete it
    """
    if found == version:
        return
    newer = isinstance(found, int) and found > version
    raise ValueError(
        f"'{file}' has the format {repr(found)[:40]}, but this version reads {version}; "
        f"{'install a newer irllrec_pyg, or ' if newer else ''}{remedy}"
    )


def _hash(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
