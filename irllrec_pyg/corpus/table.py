"""Anyone's own table of reviews."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from .csv_rows import csv_rows
from .records import ITEM_COLUMNS, NUM_EXAMPLES, REVIEW_COLUMNS, RawReviews, Skipped, name, number, prose, seconds
from .times import to_seconds

OPTIONAL = ("title", "text", "description", "time")

_YEAR_10000 = 253_402_300_800  # in seconds since 1970


def read_table(
    reviews: str | Path, items: str | Path | None = None, columns: Mapping[str, str] | None = None
) -> RawReviews:
    """Reads reviews from a CSV file (or TSV, or gzipped) with one row per review.

    The separator is a comma, a tab, a semicolon or a bar: the one with which the header names the columns. A row that
    is damaged is counted and skipped: without a user, an item or a rating, with a rating or a time that is none, or
    with too few or too many cells.

    Args:
        reviews: File with ``user``, ``item`` and ``rating``; ``title``, ``text`` and ``time`` are empty where there is
            no such column. A time is a number of seconds, milli-, micro- or nanoseconds since 1970, or anything that
            pandas reads as a date.
        items: File with ``item``, ``title`` and ``description``. (default: an item is called by its id)
        columns: Names of the columns in the files, ours to theirs, such as ``{"user": "reviewer"}``.
            (default: the same)

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A column is missing; the message lists those that the file has. Or no row can be read.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "mine.csv").write_text("reviewer,item,rating\\nann,7,4.5\\n")
        >>> reviews = read_table(folder / "mine.csv", columns={"user": "reviewer"}).reviews
        >>> reviews[["user", "item", "rating"]].values.tolist()
        [['ann', '7', 4.5]]
    """
    names = dict(columns or {})
    table, skipped = _read(Path(reviews), REVIEW_COLUMNS, names)
    kept, damaged = _reviews(table)
    skipped.bad += damaged.bad
    skipped.examples = sorted([*skipped.examples, *damaged.examples])[:NUM_EXAMPLES]
    if not kept:
        raise ValueError(f"'{reviews}' holds no row with a user, an item and a rating ({skipped})")
    read = pd.DataFrame(kept, columns=list(REVIEW_COLUMNS))
    found = {str(reviews): skipped}
    if items is None:
        about = pd.DataFrame({"item": sorted(set(read["item"]))})
        about = about.assign(title=about["item"], description="")
    else:
        about, found[str(items)] = _read(Path(items), ITEM_COLUMNS, names)
        about = about.reset_index(drop=True).apply(lambda column: column.map(prose))
    return RawReviews(read, about, found)


def _reviews(table: pd.DataFrame) -> tuple[list[tuple[object, ...]], Skipped]:
    """Values of each row in the order of ``REVIEW_COLUMNS``, and which rows hold none."""
    kept, skipped = [], Skipped()
    columns = [table[name] for name in REVIEW_COLUMNS]
    for line, time, *row in zip(table.index, to_seconds(table["time"]), *columns, strict=True):
        try:
            kept.append(_review(time, row))
        except ValueError as error:  # noqa: PERF203, each row has its own error
            skipped.add(line, str(error))
    return kept, skipped


def _review(time: float, row: Sequence[str]) -> tuple[object, ...]:
    """Values of one row, from its cells in the order of ``REVIEW_COLUMNS`` and the time in seconds."""
    user, item, rating, title, text, written = row
    ids = [name(user), name(item)]
    if "\ufffd" in "".join(ids):  # two ids may have become one
        raise ValueError("an id is not in UTF-8; save the file in UTF-8")
    if written and math.isnan(time):
        raise ValueError(f"a time is no number or date (got {written!r})")
    return *ids, number(rating, "a rating"), prose(title), prose(text), seconds(time, _unit(time)) if written else 0


def _unit(time: float) -> int:
    """How many units of a time are one second: seconds, or the coarsest of milli-, micro- and nanoseconds that gives a
    year before 10000."""
    return next((unit for unit in (1, 10**3, 10**6, 10**9) if abs(time) < _YEAR_10000 * unit), 1)


def _read(path: Path, columns: tuple[str, ...], names: Mapping[str, str]) -> tuple[pd.DataFrame, Skipped]:
    """Columns of a file, with the number of its line as the index of each row."""
    theirs = {ours: names.get(ours, ours) for ours in columns}
    needed = {ours: name for ours, name in theirs.items() if ours in names or ours not in OPTIONAL}
    # Ids and texts as they stand: "007" is no number, and a review that says "NA" is not missing.
    header, rows, skipped = csv_rows(path, [*needed.values()])
    if missing := [name for name in needed.values() if name not in header]:
        raise ValueError(
            f"'{path}' has no column {', '.join(map(repr, missing))}, it has {header}; name yours in 'columns'"
        )
    place = {ours: header.index(name) for ours, name in theirs.items() if name in header}
    cells = {ours: [row[place[ours]].strip() if ours in place else "" for _, row in rows] for ours in columns}
    return pd.DataFrame(cells, index=[line for line, _ in rows], dtype=object), skipped
