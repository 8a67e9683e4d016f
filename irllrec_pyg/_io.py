"""Files that are either as they were or complete."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomli_w

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@contextmanager
def replacing(file: str | Path) -> Iterator[Path]:
    """Gives a temporary path in the folder of ``file``; when the block ends, what was written there takes its place.

    The file is on the disk before it is renamed. Where the block raises, the temporary file is removed and ``file``
    stays as it was.

    Examples:
        >>> folder = Path(tempfile.mkdtemp())
        >>> with replacing(folder / "note.txt") as part:
        ...     _ = part.write_text("done")
        >>> [file.name for file in folder.iterdir()]
        ['note.txt']
    """
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=f".part{file.suffix}", dir=file.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(0o666 & ~_umask())
        _sync(part)
        part.replace(file)
        _sync(file.parent)
    finally:
        part.unlink(missing_ok=True)


def write_text(file: str | Path, text: str) -> None:
    """Writes a text file in UTF-8, see :func:`replacing`."""
    with replacing(file) as part:
        part.write_text(text, encoding="utf-8")


def write_json(file: str | Path, content: Mapping[str, Any]) -> None:
    """Writes a JSON file, see :func:`replacing`."""
    write_text(file, json.dumps(content, indent=1) + "\n")


def file_digest(file: str | Path) -> str:
    """SHA-256 of a file's bytes."""
    result = hashlib.sha256()
    with Path(file).open("rb") as stream:
        while block := stream.read(1 << 20):
            result.update(block)
    return result.hexdigest()


def read_toml(file: Path) -> dict[str, Any]:
    """Reads a TOML file.

    Raises:
        ValueError: The file is damaged; the message names it.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"'{file}' is damaged: {error}") from error


def write_toml(file: str | Path, content: Mapping[str, Any]) -> None:
    """Writes a TOML file, see :func:`replacing`."""
    write_text(file, tomli_w.dumps(content))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
