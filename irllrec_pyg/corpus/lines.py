"""Lines of a text file, packed or not."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_NAMES = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz"}
_UNKNOWN = (".zip", ".zst", ".7z", ".rar", ".tar")


def numbered_lines(path: str | Path) -> Iterator[tuple[int, str]]:
    r"""Number and text of each line, counted from one; a line ends at ``\n``, ``\r`` or ``\r\n`` only.

    Files that end in ``.gz``, ``.bz2`` or ``.xz`` are unpacked. The text is UTF-8, or UTF-16 where the file begins
    with its mark. Bytes that are neither become U+FFFD.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is packed and damaged, or packed in another way. The message names file and line.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "two.txt"
        >>> _ = file.write_text("a\u2028b\nc\n", encoding="utf-8")
        >>> [number for number, _ in numbered_lines(file)]
        [1, 2]
    """
    path, number = Path(path), 0
    if not path.is_file():
        raise FileNotFoundError(f"there is no file '{path}'")
    if path.suffix in _UNKNOWN:
        raise ValueError(f"'{path}' is packed as {path.suffix}, which is not read; unpack it, or pack it as .gz")
    opener = _OPENERS.get(path.suffix, open)
    try:
        with opener(path, "rb") as start:
            encoding = "utf-16" if start.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        with opener(path, "rt", encoding=encoding, errors="replace", newline="") as stream:
            for number, line in enumerate(stream, start=1):
                yield number, line
    except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
        raise _damaged(path, number, error) from error
    except OSError as error:
        if opener is not bz2.open or error.errno is not None:  # of bz2, "Invalid data stream" has no number
            raise
        raise _damaged(path, number, error) from error


def _damaged(path: Path, number: int, error: Exception) -> ValueError:
    """The error for a file that cannot be unpacked after line ``number``."""
    return ValueError(
        f"'{path}' is cut off or no {_NAMES[path.suffix]} file: it cannot be unpacked after line {number} ({error}); "
        "fetch it again"
    )
