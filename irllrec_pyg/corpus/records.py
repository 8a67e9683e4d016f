"""Files with one record per line, read as a stream."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from .clean import on_one_line
from .lines import DEFAULT_LIMITS, Limits, numbered_lines

REVIEW_COLUMNS = ("user", "item", "rating", "title", "text", "time")
ITEM_COLUMNS = ("item", "title", "description")

NUM_EXAMPLES, _MAX_REASON = 5, 200


@dataclass
class Skipped:
    """Lines of a file that could not be read.

    Args:
        lines: Number of lines of the file.
        bad: Number of lines that were skipped.
        examples: The first few skipped lines, as ``(line number, reason)``.

    Examples:
        >>> print(Skipped(lines=10, bad=1, examples=[(3, "no field 'user'")]))
        1 of 10 lines skipped, the first in line 3: no field 'user'
    """

    lines: int = 0
    bad: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, reason: str) -> None:
        """Counts a skipped line. The first few are kept, in one line and without control characters.

        Args:
            line: Number of the line.
            reason: What is wrong with it.
        """
        self.bad += 1
        if len(self.examples) < NUM_EXAMPLES:
            self.examples.append((line, on_one_line(reason[:_MAX_REASON])))

    def __str__(self) -> str:
        first = f", the first in line {self.examples[0][0]}: {self.examples[0][1]}" if self.examples else ""
        return f"{self.bad} of {self.lines} lines skipped{first}"


@dataclass
class RawReviews:
    """Reviews and their items, in the same columns for every source.

    Args:
        reviews: Table with one row per review: ``user``, ``item``, ``rating`` (1 to 5), ``title``, ``text``, ``time``
            (seconds since 1970, UTC).
        items: Table with one row per item: ``item``, ``title``, ``description``. Items without a description of their
            own may be absent.
        skipped: Lines that could not be read, by file. (default: none)

    Examples:
        >>> import pandas as pd
        >>> reviews = pd.DataFrame([("a", "x", 5.0, "", "Great.", 0)], columns=[*REVIEW_COLUMNS])
        >>> raw = RawReviews(reviews, pd.DataFrame([("x", "Alien", "")], columns=[*ITEM_COLUMNS]))
        >>> raw.reviews["user"].tolist()
        ['a']
    """

    reviews: pd.DataFrame
    items: pd.DataFrame
    skipped: dict[str, Skipped] = field(default_factory=dict)


Parse = Callable[[dict[str, Any]], tuple[Any, ...]]


@dataclass
class RawRows:
    """What :class:`RawReviews` holds, one row at a time, for files that are larger than the memory.

    Args:
        reviews: Rows of reviews, in the columns of :attr:`RawReviews.reviews`. They can be taken once.
        items: Rows of items, in the columns of :attr:`RawReviews.items`; :obj:`None` where items are called by their
            ids.
        skipped: Lines that could not be read, by file. The counts are complete once all rows were taken.

    Examples:
        >>> rows = RawRows(iter([("a", "x", 5.0, "", "Great.", 0)]), iter([("x", "Alien", "")]), {})
        >>> rows.in_memory().items["title"].tolist()
        ['Alien']
    """

    reviews: Iterator[tuple[Any, ...]]
    items: Iterator[tuple[Any, ...]] | None
    skipped: dict[str, Skipped]

    def in_memory(self) -> RawReviews:
        """Takes all rows, and returns them as tables."""
        reviews = pd.DataFrame([*self.reviews], columns=[*REVIEW_COLUMNS])
        if self.items is not None:
            return RawReviews(reviews, pd.DataFrame([*self.items], columns=[*ITEM_COLUMNS]), self.skipped)
        items = pd.DataFrame({"item": sorted(set(reviews["item"]))})
        return RawReviews(reviews, items.assign(title=items["item"], description=""), self.skipped)


def pair_rows(
    reviews: Sequence[str | Path], items: str | Path, review: Parse, item: Parse, limits: Limits = DEFAULT_LIMITS
) -> RawRows:
    """Rows of files of reviews, one file after the other, and of the file of what they are about.

    Args:
        reviews: Files of reviews.
        items: File of items.
        review: Makes a row in the columns of :attr:`RawReviews.reviews` of a record.
        item: Makes a row in the columns of :attr:`RawReviews.items` of a record.
        limits: How much of the files is read. (default: see :class:`Limits`)

    Raises:
        FileNotFoundError: A file is missing; raised when its first row is taken.
        ValueError: A file holds no such record; raised when its rows are taken.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "numbers.jsonl"
        >>> _ = file.write_text("{}\\n")
        >>> rows = pair_rows([file], file, lambda record: ("a", "x", 5.0, "", "", 0), lambda record: ("x", "", ""))
        >>> len(rows.in_memory().reviews)
        1
    """
    skipped = {str(file): Skipped() for file in (*reviews, items)}
    read = (read_records(file, review, skipped[str(file)], limits) for file in reviews)
    return RawRows(chain.from_iterable(read), read_records(items, item, skipped[str(items)], limits), skipped)


def read_records(
    path: str | Path, parse: Parse, skipped: Skipped, limits: Limits = DEFAULT_LIMITS
) -> Iterator[tuple[Any, ...]]:
    """Reads JSON lines, gzipped where the name ends in ``.gz``, a line at a time; only what ``parse`` returns is kept.

    See :func:`parsed_lines` for what is skipped.

    Args:
        path: The file.
        parse: Makes a row of a record.
        skipped: Counts the lines, and those that are skipped.
        limits: How much of the file is read. (default: see :class:`Limits`)

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: No line is a record, or the file is cut off.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.corpus.values import name
        >>> file = Path(tempfile.mkdtemp()) / "items.jsonl"
        >>> _ = file.write_text('{"id": "x"}\\n{"id": NaN}\\n')
        >>> skipped = Skipped()
        >>> len([*read_records(file, lambda record: (name(record["id"]),), skipped)]), str(skipped)
        (1, '1 of 2 lines skipped, the first in line 2: an id is no text or whole number (got nan)')
    """
    yield from _parsed(path, parse, skipped, limits)
    if skipped.bad == skipped.lines:
        raise ValueError(f"'{path}' holds no record of the expected kind ({skipped}); is it another file?")


def parsed_lines(
    path: str | Path, parse: Callable[[dict[str, Any]], Any], limits: Limits = DEFAULT_LIMITS, errors: str = "replace"
) -> tuple[list[Any], Skipped]:
    """What a function makes of each record of a JSON lines file.

    A line that is not JSON, that is too long, or from which ``parse`` raises, is counted and skipped. Lines in Python's
    notation, as in the metadata of 2014, are read too; nothing in them is run. Blank lines are not counted, but they
    have a number.

    Args:
        path: The file.
        parse: Makes something of a record.
        limits: How much of the file is read. (default: see :class:`Limits`)
        errors: What becomes of bytes that are not in UTF-8, see :func:`numbered_lines`. (default: ``"replace"``)

    Returns:
        What ``parse`` returned for each record, and what was skipped.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is cut off.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "items.jsonl"
        >>> _ = file.write_text('{"id": "x"}\\n{}\\n')
        >>> parsed_lines(file, lambda record: record["id"])[0]
        ['x']
    """
    skipped = Skipped()
    return [*_parsed(path, parse, skipped, limits, errors)], skipped


def _parsed(
    path: str | Path, parse: Callable[[dict[str, Any]], Any], skipped: Skipped, limits: Limits, errors: str = "replace"
) -> Iterator[Any]:
    for number, line in numbered_lines(path, limits, errors):
        if line.isspace():
            continue
        skipped.lines += 1
        try:
            limits.check_line(line)
            row = parse(_record(line, limits))
        except (ArithmeticError, ValueError, TypeError, LookupError, SyntaxError, RecursionError, MemoryError) as error:
            skipped.add(number, f"no field {error}" if isinstance(error, KeyError) else str(error) or repr(error))
            continue
        yield row


def _record(line: str, limits: Limits) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError:
        if not line.startswith("{'"):
            raise
        record = ast.literal_eval(line)
    if not isinstance(record, dict):
        raise TypeError(f"a record is an object (got {type(record).__name__})")
    if line.count("[") + line.count("{") > limits.depth:
        limits.check_depth(record)
    return record
