"""Files whose names hold a hash of their content, so that a folder changes from one state to another at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from .._io import file_digest
from .._replacing import put, staging

#: Bytes up to which the hash of a file is checked whenever it is opened.
SMALL = 1 << 24


def write_hashed(folder: Path, stem: str, suffix: str, write: Callable[[Path], None]) -> dict[str, Any]:
    """Writes a file under a name with its hash.

    The file that describes the folder names it, and is replaced last. Until then the old files are the ones in use.

    Args:
        folder: The folder; created if it is missing.
        stem: First part of the name.
        suffix: Last part of the name, such as ``".parquet"``.
        write: Writes the content to a path.

    Returns:
        Its name, its size in bytes and its hash, for :func:`check_hashed`.

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> entry = write_hashed(folder, "note", ".txt", lambda file: file.write_text("done") and None)
        >>> entry["name"], check_hashed(folder, entry, "write it again").read_text()
        ('note-a4c3ed04a95a3da1.txt', 'done')
    """
    with staging(folder / f"{stem}{suffix}") as part:
        write(part)
        found = file_digest(part)
        file = folder / f"{stem}-{found[:16]}{suffix}"
        entry = {"name": file.name, "bytes": part.stat().st_size, "sha256": found}
        put(part, file)
    return entry


def check_hashed(folder: Path, entry: Mapping[str, Any], remedy: str, verify: bool = False) -> Path:
    """Finds a file of :func:`write_hashed`, and checks its size and, where it is small, its hash.

    Args:
        folder: The folder.
        entry: What :func:`write_hashed` returned.
        remedy: What to do if it is damaged, for the error message.
        verify: Whether the hash of a large file is checked too. (default: ``False``)

    Raises:
        ValueError: The file is missing or damaged.
    """
    kinds = {"name": str, "bytes": int, "sha256": str}
    if not isinstance(entry, Mapping) or not all(isinstance(entry.get(key), kind) for key, kind in kinds.items()):
        raise ValueError(f"the description of a file in '{folder}' is damaged; {remedy}")
    file = folder / Path(entry["name"]).name
    size = file.stat().st_size if file.is_file() else None
    if size is None:
        raise ValueError(f"'{file}' is missing; {remedy}")
    if size != entry["bytes"]:
        raise ValueError(f"'{file}' is damaged: it has {size} bytes instead of {entry['bytes']}; {remedy}")
    if (verify or size <= SMALL) and file_digest(file) != entry["sha256"]:
        raise ValueError(f"'{file}' is damaged: its content has another hash; {remedy}")
    return file


def remove_unnamed(folder: Path, stems: Iterable[str], description: Path) -> None:
    """Removes files of :func:`write_hashed` that the description of the folder does not name: those of earlier saves,
    and those of a save that failed.

    Args:
        folder: The folder.
        stems: First parts of the names.
        description: The file that names those to keep.
    """
    named = description.read_bytes() if description.is_file() else b""
    ours = re.compile(rf"(?:{'|'.join(stems)})-[0-9a-f]{{16}}\.\w+")
    for file in folder.iterdir():
        if ours.fullmatch(file.name) and file.name.encode() not in named:
            with suppress(OSError):  # the folder is complete all the same
                file.unlink()
