"""Reading and writing files. A file that is written is complete, or it is as it was before."""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from ._replacing import replacing as replacing

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def write_text(file: str | Path, text: str) -> None:
    """Writes a text file in UTF-8, see :func:`replacing`."""
    with replacing(file) as part:
        part.write_text(text, encoding="utf-8")


def write_bytes(file: str | Path, content: bytes) -> None:
    """Writes a binary file, see :func:`replacing`."""
    with replacing(file) as part:
        part.write_bytes(content)


def write_json(file: str | Path, content: Mapping[str, Any]) -> None:
    """Writes a JSON file, see :func:`replacing`."""
    write_text(file, json.dumps(content, indent=1) + "\n")


def read_json(file: str | Path) -> dict[str, Any]:
    """Reads a JSON file that holds an object.

    Raises:
        ValueError: The file is damaged; the message names it.
    """

    def parse(text: str) -> dict[str, Any]:
        content = json.loads(text)
        if not isinstance(content, dict):
            raise ValueError(f"it holds a {type(content).__name__}, not an object")
        return content

    return _read(Path(file), parse)


def write_json_lines(file: str | Path, records: Iterable[Mapping[Any, Any]]) -> None:
    """Writes one JSON object per line, gzipped where the name ends in ``.gz``, see :func:`replacing`.

    The same records give the same bytes: a gzip header holds neither a name nor a time.
    """
    lines = (json.dumps(record).encode() + b"\n" for record in records)
    with replacing(file) as part, part.open("wb") as raw:
        if part.suffix == ".gz":
            with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as stream:
                stream.writelines(lines)
        else:
            raw.writelines(lines)


def write_toml(file: str | Path, content: Mapping[str, Any]) -> None:
    """Writes a TOML file, see :func:`replacing`."""
    write_text(file, tomli_w.dumps(content))


def read_toml(file: str | Path) -> dict[str, Any]:
    """Reads a TOML file.

    Raises:
        ValueError: The file is damaged; the message names it.
    """
    return _read(Path(file), tomllib.loads)


def file_digest(file: str | Path) -> str:
    """SHA-256 of a file's bytes."""
    result = hashlib.sha256()
    with Path(file).open("rb") as stream:
        while block := stream.read(1 << 20):
            result.update(block)
    return result.hexdigest()


def _read(file: Path, parse: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    try:
        return parse(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # decoding errors are ValueErrors
        raise ValueError(f"'{file}' is damaged: {error}; write or get it again") from error
