"""Lines of a text file, packed or not."""

from __future__ import annotations

import bz2
import gzip
import lzma
import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_NAMES = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz"}
_UNKNOWN = (".zip", ".zst", ".7z", ".rar", ".tar")

_ALWAYS = 1 << 26  # characters that any packed file may hold
_OVERHEAD = 64  # what a line costs beside its characters: a few bytes may unpack to millions of empty lines


@dataclass(frozen=True)
class Limits:
    """How much of a file is read, so that no file fills the memory.

    Args:
        line (int, optional): Characters of a line, and of a CSV row that spans several lines. A longer one is skipped.
            (default: ``4194304``)
        expansion (int, optional): How many times larger than itself a packed file may be when it is unpacked, counting
            64 characters more per line. Files up to 64 MB are always read. Reviews in gzip expand 3 to 20 times.
            (default: ``100``)
        depth (int, optional): How deep lists and objects of a JSON record may be nested. A deeper one is skipped.
            (default: ``100``)

    Examples:
        >>> Limits(line=3).check_line("long")
        Traceback (most recent call last):
        ValueError: a line has more than 3 characters; raise 'line' of the limits to read it
    """

    line: int = 1 << 22
    expansion: int = 100
    depth: int = 100

    def check_line(self, line: str) -> None:
        """Raises a :class:`ValueError` for a line that is too long.

        Args:
            line: The line, with or without its end.
        """
        if len(line) > self.line and len(line.rstrip("\r\n")) > self.line:
            raise ValueError(f"a line has more than {self.line} characters; raise 'line' of the limits to read it")

    def check_depth(self, record: Any) -> None:
        """Raises a :class:`ValueError` for a record that is nested too deep.

        Args:
            record: The record, as ``json`` reads it.

        Examples:
            >>> Limits(depth=2).check_depth({"tags": [["calm"]]})
            Traceback (most recent call last):
            ValueError: a record is nested more than 2 deep; raise 'depth' of the limits to read it
        """
        level = [record]
        for _ in range(self.depth + 1):
            level = [part for part in level if isinstance(part, dict | list)]
            if not level:
                return
            level = [child for part in level for child in (part.values() if isinstance(part, dict) else part)]
        raise ValueError(f"a record is nested more than {self.depth} deep; raise 'depth' of the limits to read it")


DEFAULT_LIMITS = Limits()


def numbered_lines(
    path: str | Path, limits: Limits = DEFAULT_LIMITS, errors: str = "replace"
) -> Iterator[tuple[int, str]]:
    r"""Number and text of each line, counted from one; a line ends at ``\n``, ``\r`` or ``\r\n`` only.

    Files that end in ``.gz``, ``.bz2`` or ``.xz`` are unpacked. The text is UTF-8, or UTF-16 where the file begins
    with its mark. Of a line that is longer than the limit, the first characters are given, one more than the limit.

    Args:
        path: The file.
        limits: How much of the file is read. (default: see :class:`Limits`)
        errors: What becomes of bytes that are neither UTF-8 nor UTF-16: ``"replace"`` gives U+FFFD, ``"strict"``
            raises an error. (default: ``"replace"``)

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is packed and damaged, packed in another way, or too large when it is unpacked; or as
            ``errors`` says. The message names file and line.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "two.txt"
        >>> _ = file.write_text("a\u2028b\nc\n", encoding="utf-8")
        >>> [number for number, _ in numbered_lines(file)]
        [1, 2]
    """
    path, number = Path(path), 0
    if not path.is_file():
        raise FileNotFoundError(f"there is no file '{path}'; see whether its name is right")
    suffix = path.suffix.lower()
    if suffix in _UNKNOWN:
        raise ValueError(f"'{path}' is packed as {suffix}, which is not read; unpack it, or pack it as .gz")
    opener = _OPENERS.get(suffix, open)
    room = max(_ALWAYS, limits.expansion * path.stat().st_size) if suffix in _OPENERS else math.inf
    try:
        with opener(path, "rb") as start:
            encoding = "utf-16" if start.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        with opener(path, "rt", encoding=encoding, errors=errors, newline="") as stream:
            for number, (line, size) in enumerate(_bounded(stream, limits.line, room), start=1):
                room -= size + _OVERHEAD
                if room < 0:
                    raise ValueError(
                        f"'{path}' is more than {limits.expansion} times larger when it is unpacked, read up to line "
                        f"{number}; raise 'expansion' of the limits if it is a file of yours"
                    )
                yield number, line
    except UnicodeError as error:
        raise ValueError(
            f"'{path}' is not in UTF-8 after line {number} ({error}); save it as UTF-8 (in Excel: CSV UTF-8)"
        ) from error
    except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
        raise _damaged(path, number, error) from error
    except OSError as error:
        if opener is not bz2.open or error.errno is not None:  # of bz2, "Invalid data stream" has no number
            raise
        raise _damaged(path, number, error) from error


def _bounded(stream: TextIO, limit: int, room: float) -> Iterator[tuple[str, int]]:
    """Each line, cut one character after the limit, and how long it is. What is cut off is read, but not kept, and no
    more of it than there is room for."""
    most = limit + 2  # a line may be so long with its end
    while line := stream.readline(most):
        size, rest = len(line), line
        while len(rest) == most and rest[-1] not in "\r\n" and size <= room:
            rest = stream.readline(most)
            size += len(rest)
        yield line if size == len(line) else line[: limit + 1], size


def _damaged(path: Path, number: int, error: Exception) -> ValueError:
    """The error for a file that cannot be unpacked after line ``number``."""
    return ValueError(
        f"'{path}' is cut off or no {_NAMES[path.suffix.lower()]} file: it cannot be unpacked after line {number} "
        f"({error}); fetch it again"
    )
