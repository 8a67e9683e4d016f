"""Files with one record per line, read as a stream."""

from __future__ import annotations

import ast
import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

REVIEW_COLUMNS = ("user", "item", "rating", "title", "text", "time")
ITEM_COLUMNS = ("item", "title", "description")


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
    the metadata of 2014, are read too; nothing in them is run.

    Args:
        path: The file.
        parse: Makes a row of a record.
        columns: Names of the row's values.

    Returns:
        The rows, and what was skipped.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: No line is a record, or the file is cut off.
    """
    path, rows, skipped = Path(path), [], Skipped()
    if not path.is_file():
        raise FileNotFoundError(f"there is no file '{path}'")
    for line in _lines(path):
        skipped.lines += 1
        try:
            rows.append(parse(_record(line)))
        except (ValueError, TypeError, KeyError, SyntaxError, RecursionError, MemoryError) as error:
            skipped.bad += 1
            if len(skipped.examples) < 5:
                reason = f"no field {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__
                skipped.examples.append((skipped.lines, reason[:200]))
    if not rows:
        raise ValueError(f"'{path}' holds no record of the expected kind ({skipped}); is it another file?")
    return pd.DataFrame(rows, columns=list(columns)), skipped


def _lines(path: Path) -> Iterator[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8", errors="replace") as stream:
            yield from (line for line in stream if not line.isspace())
    except (EOFError, gzip.BadGzipFile) as error:
        raise ValueError(f"'{path}' is cut off or no gzip file ({error}); fetch it again") from error


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
    """An id as text; raises where it is missing."""
    if value is None or value == "":
        raise ValueError("an id is empty")
    return _unicode(str(value))


def prose(value: Any) -> str:
    """Text from what files hold for it: a string, a list of strings, or nothing."""
    if value is None:
        return ""
    return " ".join(prose(part) for part in value).strip() if isinstance(value, list) else _unicode(str(value).strip())


def _unicode(text: str) -> str:
    """Replaces half characters, which JSON may hold as escapes but no table can keep."""
    return text.encode("utf-8", "replace").decode()
