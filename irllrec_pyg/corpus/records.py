"""Files with one record per line, read as a stream."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from .clean import on_one_line, readable
from .lines import numbered_lines

REVIEW_COLUMNS = ("user", "item", "rating", "title", "text", "time")
ITEM_COLUMNS = ("item", "title", "description")

_FIRST, _LAST = -62_135_596_800, 253_402_300_799  # the years 1 to 9999
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


def read_pair(reviews: str | Path, items: str | Path, review: Parse, item: Parse) -> RawReviews:
    """Reads a file of reviews and one of what they are about.

    Args:
        reviews: File of reviews.
        items: File of items.
        review: Makes a row in the columns of :attr:`RawReviews.reviews` of a record.
        item: Makes a row in the columns of :attr:`RawReviews.items` of a record.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A file holds no such record.
    """
    review_table, bad_reviews = read_records(reviews, review, REVIEW_COLUMNS)
    item_table, bad_items = read_records(items, item, ITEM_COLUMNS)
    return RawReviews(review_table, item_table, {str(reviews): bad_reviews, str(items): bad_items})


def read_records(path: str | Path, parse: Parse, columns: tuple[str, ...]) -> tuple[pd.DataFrame, Skipped]:
    """Reads JSON lines, gzipped where the name ends in ``.gz``, a line at a time; only what ``parse`` returns is kept.

    A line that is not JSON, or from which ``parse`` raises, is counted and skipped. Lines in Python's notation, as in
    the metadata of 2014, are read too; nothing in them is run. Blank lines are not counted, but they have a number.

    Args:
        path: The file.
        parse: Makes a row of a record.
        columns: Names of the row's values.

    Returns:
        The rows, and what was skipped.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: No line is a record, or the file is cut off.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "items.jsonl"
        >>> _ = file.write_text('{"id": "x"}\\n{"id": NaN}\\n')
        >>> table, skipped = read_records(file, lambda record: (name(record["id"]),), ("item",))
        >>> len(table), str(skipped)
        (1, '1 of 2 lines skipped, the first in line 2: an id is no text or whole number (got nan)')
    """
    path, rows, skipped = Path(path), [], Skipped()
    for number, line in numbered_lines(path):
        if line.isspace():
            continue
        skipped.lines += 1
        try:
            rows.append(parse(_record(line)))
        except (ArithmeticError, ValueError, TypeError, LookupError, SyntaxError, RecursionError, MemoryError) as error:
            skipped.add(number, f"no field {error}" if isinstance(error, KeyError) else str(error) or repr(error))
    if not rows:
        raise ValueError(f"'{path}' holds no record of the expected kind ({skipped}); is it another file?")
    return pd.DataFrame(rows, columns=list(columns)), skipped


def _record(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError:
        if not line.startswith("{'"):
            raise
        record = ast.literal_eval(line)
    if not isinstance(record, dict):
        raise TypeError(f"a record is an object (got {type(record).__name__})")
    return record


def name(value: Any) -> str:
    """An id as text.

    Args:
        value: A text or a whole number.

    Raises:
        ValueError: It is neither, it is empty, or it holds control characters.

    Examples:
        >>> name("B000"), name(7)
        ('B000', '7')
    """
    if value is None or value == "":
        raise ValueError("an id is empty")
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError(f"an id is no text or whole number (got {value!r})")
    text = str(value)
    if text.isspace():
        raise ValueError("an id is empty")
    known = readable(text)
    if len(known) != len(text) or {"\n", "\t"} & set(text):  # without them, it might be the id of another
        raise ValueError(f"an id holds control characters (got {text!r})")
    return known


def prose(value: Any) -> str:
    """Readable text from what files hold for it.

    Args:
        value: A text, a number, a list of them, or nothing, as which NaN counts too.

    Examples:
        >>> prose(["Long.", None, "Slow."]), prose(1984), prose(float("nan"))
        ('Long. Slow.', '1984', '')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, list):
        return " ".join(filter(None, map(prose, value)))
    return readable(str(value)).strip()


def number(value: Any, what: str) -> float:
    """A finite number.

    Args:
        value: A number, or a text that holds one.
        what: What it is, for the message.

    Raises:
        ValueError: It is missing, no number, or not finite.

    Examples:
        >>> number("4.5", "a rating")
        4.5
    """
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (ValueError, TypeError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise ValueError(f"{what} is no finite number (got {value!r})")
    return found


def seconds(value: Any, unit: int = 1) -> int:
    """Whole seconds since 1970.

    Args:
        value: A number, or a text that holds one.
        unit: How many of its units are one second, such as ``1000``. (default: ``1``)

    Raises:
        ValueError: It is missing, no number, not finite, or outside the years 1 to 9999.

    Examples:
        >>> seconds(1_600_000_000_123, unit=1000)
        1600000000
    """
    found = math.floor(number(value, "a time")) // unit
    if not _FIRST <= found <= _LAST:
        raise ValueError(f"a time is outside the years 1 to 9999 (got {value!r})")
    return found
