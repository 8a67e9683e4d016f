"""Rows of a CSV file, whatever its separator, and in spite of damaged ones."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from .lines import DEFAULT_LIMITS, Limits, numbered_lines
from .records import Skipped

#: Characters that separate columns. A space does so only where the header then names the needed columns.
SEPARATORS = (",", "\t", ";", "|", " ")

_TWICE = 4  # a line is read so often in the mean, at most, where quotation marks are damaged
_MAX_CELLS = 10_000  # of a header

Row = tuple[int, list[str]]


def csv_rows(
    path: str | Path,
    needed: Sequence[str] = (),
    separators: Sequence[str] = SEPARATORS,
    limits: Limits = DEFAULT_LIMITS,
    errors: str = "replace",
) -> tuple[list[str], list[Row], Skipped]:
    """Header and rows of a CSV file.

    A row with fewer or more cells than the header is skipped, unless those beyond it are blank. So is one with a
    quotation mark that is never closed, or that is longer than a line may be: reading goes on in the line after it.
    Where very many quotation marks are damaged, lines that were read several times are skipped with the first. Blank
    lines count for nothing.

    Args:
        path: The file, packed or not, see :func:`numbered_lines`.
        needed: Columns that the header should name. The separator is the first with which it does; otherwise the one
            with which the header has most columns. (default: none)
        separators: Characters that may separate columns. (default: comma, tab, semicolon, bar, space)
        limits: How much of the file is read. (default: see :class:`Limits`)
        errors: What becomes of bytes that are not in UTF-8, see :func:`numbered_lines`. (default: ``"replace"``)

    Returns:
        Names of the columns; number of the first line and cells of each row; what was skipped.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is empty, its header cannot be read, or it is packed and damaged.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "mine.csv"
        >>> _ = file.write_text("user;item\\nann;7\\nbob\\n")
        >>> header, rows, skipped = csv_rows(file)
        >>> header, rows, str(skipped)
        (['user', 'item'], [(2, ['ann', '7'])], '1 of 2 lines skipped, the first in line 3: 1 cell, the header has 2')
    """
    header, rows, skipped = open_csv(path, needed, separators, limits, errors)
    return header, [*rows], skipped


def open_csv(
    path: str | Path,
    needed: Sequence[str] = (),
    separators: Sequence[str] = SEPARATORS,
    limits: Limits = DEFAULT_LIMITS,
    errors: str = "replace",
) -> tuple[list[str], Iterator[Row], Skipped]:
    """As :func:`csv_rows`, but the rows are read when they are taken; what was skipped is complete after the last.

    Args:
        path: The file.
        needed: Columns that the header should name. (default: none)
        separators: Characters that may separate columns. (default: comma, tab, semicolon, bar, space)
        limits: How much of the file is read. (default: see :class:`Limits`)
        errors: What becomes of bytes that are not in UTF-8. (default: ``"replace"``)

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "mine.csv"
        >>> _ = file.write_text("user;item\\nann;7\\n")
        >>> header, rows, skipped = open_csv(file)
        >>> next(rows)
        (2, ['ann', '7'])
    """
    lines = _Lines(numbered_lines(path, limits, errors), limits)
    header, separator = _header(path, lines, needed, separators)
    skipped = Skipped()
    return header, _rows(lines, header, separator, skipped), skipped


def _rows(lines: _Lines, header: Sequence[str], separator: str, skipped: Skipped) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=separator)
    while True:
        lines.taken.clear()
        reason = ""
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:  # the reader starts anew with the next line
            row, reason = [], str(error)
        if lines.ended and lines.taken:  # the reader asked for more
            reason = "a quotation mark is not closed"
            lines.ended = False
        if not reason and (not row or (len(row) < 2 and not row[0].strip())):
            continue
        skipped.lines += 1
        start = lines.taken[0][0]
        beyond = len(row) - len(header)
        if not reason and (beyond == 0 or (beyond > 0 and not any(map(str.strip, row[len(header) :])))):
            yield start, (row[: len(header)] if beyond else row)
            continue
        cells = f"{len(row)} cell{'s' * (len(row) != 1)}, the header has {len(header)}"
        skipped.add(start, reason or cells)
        lines.put_back()


def _header(path: str | Path, lines: _Lines, needed: Sequence[str], separators: Sequence[str]) -> tuple[list[str], str]:
    """Names of the columns, and what separates them."""
    try:
        while not (first := next(lines, "")).strip():
            if not first:
                raise ValueError(f"'{path}' is empty; give a file with a header and rows")
            lines.taken.clear()
        headers = {separator: _names(first, separator) for separator in separators}
        fitting = [separator for separator, names in headers.items() if needed and set(needed) <= set(names)]
        most = [separator for separator in separators if separator != " "]
        separator = fitting[0] if fitting else max(most, key=lambda separator: len(headers[separator]))
        lines.put_back(0)  # the name of a column may hold a line break
        header = [name.strip() for name in next(csv.reader(lines, delimiter=separator))]
        if len(header) > _MAX_CELLS:
            raise csv.Error(f"it has {len(header)} columns")
    except csv.Error as error:
        raise ValueError(
            f"the header of '{path}' cannot be read ({error}); give a file with a header and rows"
        ) from error
    return header, separator


def _names(line: str, separator: str) -> list[str]:
    """Names of the columns in the first line of a header, if the separator is this one."""
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=separator))]
    except csv.Error:
        return []


class _Lines:
    """Lines, of which those after the first of a damaged row can be read again."""

    def __init__(self, lines: Iterator[tuple[int, str]], limits: Limits) -> None:
        self.lines, self.limits, self.again = lines, limits, deque[tuple[int, str]]()
        self.taken: list[tuple[int, str]] = []
        self.ended = False
        self._size = self._fresh = self._repeated = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.again:
            line = self.again.popleft()
        else:
            line = next(self.lines, (0, ""))
            self._fresh += 1
        if not line[1]:
            self.ended = True
            raise StopIteration
        self._size = len(line[1]) + (self._size if self.taken else 0)
        self.taken.append(line)
        if self._size > self.limits.line:
            self._check()
        return line[1]

    def _check(self) -> None:
        """Raises the reader's own error for a line, or for several lines of one row, that are too long."""
        try:
            self.limits.check_line(self.taken[-1][1])
        except ValueError as error:
            raise csv.Error(str(error)) from error
        if len(self.taken) > 1:
            raise csv.Error(f"a row has more than {self.limits.line} characters")

    def put_back(self, start: int = 1) -> None:
        """Gives the lines from a place on again, unless too many were given again before."""
        self._repeated += len(self.taken) - start
        if self._repeated <= _TWICE * self._fresh:
            self.again.extendleft(reversed(self.taken[start:]))
            self.taken.clear()
