"""Rows of a CSV file, whatever its separator, and in spite of damaged ones."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from .lines import numbered_lines
from .records import Skipped

_SEPARATORS = (",", "\t", ";", "|", " ")


def csv_rows(path: str | Path, needed: Sequence[str] = ()) -> tuple[list[str], list[tuple[int, list[str]]], Skipped]:
    """Header and rows of a CSV file.

    A row with fewer or more cells than the header is skipped, unless those beyond it are blank. So is one with a
    quotation mark that is never closed: reading goes on in the line after it. Blank lines count for nothing.

    Args:
        path: The file, packed or not, see :func:`numbered_lines`.
        needed: Columns that the header should name. The separator is the first with which it does; otherwise the one
            with which the header has most columns. (default: none)

    Returns:
        Names of the columns; number of the first line and cells of each row; what was skipped.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is empty, or packed and damaged.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "mine.csv"
        >>> _ = file.write_text("user;item\\nann;7\\nbob\\n")
        >>> header, rows, skipped = csv_rows(file)
        >>> header, rows, str(skipped)
        (['user', 'item'], [(2, ['ann', '7'])], '1 of 2 lines skipped, the first in line 3: 1 cell, the header has 2')
    """
    lines = _Lines(numbered_lines(path))
    first = next((line for line in lines if not line.isspace()), "")
    if not first:
        raise ValueError(f"'{path}' is empty; give a file with a header and rows")
    headers = {separator: _header(first, separator) for separator in _SEPARATORS}
    fitting = [separator for separator, header in headers.items() if needed and set(needed) <= set(header)]
    separator = fitting[0] if fitting else max(_SEPARATORS[:-1], key=lambda separator: len(headers[separator]))
    header, skipped = headers[separator], Skipped()
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(lines, delimiter=separator)
    while True:
        lines.taken.clear()
        reason = ""
        try:
            row = next(reader)
        except StopIteration:
            return header, rows, skipped
        except csv.Error as error:  # the reader starts anew with the next line
            row, reason = [], str(error)
        if lines.ended and lines.taken:  # the reader asked for more
            reason = "a quotation mark is not closed"
            lines.ended = False
        if not reason and (not row or (len(row) < 2 and not row[0].strip())):
            continue
        skipped.lines += 1
        start = lines.taken[0][0]
        if not reason and len(row) >= len(header) and not any(map(str.strip, row[len(header) :])):
            rows.append((start, row[: len(header)]))
            continue
        cells = f"{len(row)} cell{'s' * (len(row) != 1)}, the header has {len(header)}"
        skipped.add(start, reason or cells)
        lines.put_back()


def _header(line: str, separator: str) -> list[str]:
    """Names of the columns, if the separator is this one."""
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=separator))]
    except csv.Error:
        return []


class _Lines:
    """Lines, of which those after the first of a damaged row can be read again."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self.lines, self.again = lines, deque[tuple[int, str]]()
        self.taken: list[tuple[int, str]] = []
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self.lines, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self.taken.append(line)
        return self.taken[-1][1]

    def put_back(self) -> None:
        """Gives the lines after the first again."""
        self.again.extendleft(reversed(self.taken[1:]))
