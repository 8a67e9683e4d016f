"""Anyone's own table of reviews."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from .csv_rows import csv_rows
from .lines import DEFAULT_LIMITS, Limits
from .records import ITEM_COLUMNS, NUM_EXAMPLES, REVIEW_COLUMNS, RawReviews, Skipped
from .times import to_seconds
from .values import name, number, prose, seconds

_NEEDED = ("user", "item", "rating")
_MAX_HEADER = 500

_YEAR_10000 = 253_402_300_800  # in seconds since 1970


def read_table(
    reviews: str | Path,
    items: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
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
        columns: Names of the columns in the files, ours to theirs, such as ``{"user": "reviewer"}``. One of the two
            files has to have each of them; a file without it is read under our name. (default: the same)
        limits: How much of the files is read, see :class:`~irllrec_pyg.corpus.Limits`. (default: enough for any file
            that is not made to fill the memory)

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
    if unknown := sorted({*names} - {*REVIEW_COLUMNS, *ITEM_COLUMNS}):
        raise ValueError(
            f"'columns' names {unknown}; it can name {', '.join(dict.fromkeys([*REVIEW_COLUMNS, *ITEM_COLUMNS]))}"
        )
    table, skipped, found_names = _read(Path(reviews), REVIEW_COLUMNS, names, limits)
    kept, damaged = _reviews(table)
    skipped.bad += damaged.bad
    skipped.examples = sorted([*skipped.examples, *damaged.examples])[:NUM_EXAMPLES]
    if not kept:
        raise ValueError(f"'{reviews}' holds no row with a user, an item and a rating ({skipped}); is it another file?")
    read = pd.DataFrame(kept, columns=list(REVIEW_COLUMNS))
    found = {str(reviews): skipped}
    if items is None:
        about = pd.DataFrame({"item": sorted(set(read["item"]))})
        about = about.assign(title=about["item"], description="")
    else:
        about, found[str(items)], others = _read(Path(items), ITEM_COLUMNS, names, limits)
        about, found_names = _items(about, found[str(items)]), found_names | others
    if missing := sorted({*names.values()} - found_names):
        files = f"'{reviews}' has" if items is None else f"'{reviews}' and '{items}' have"
        raise ValueError(f"{files} no column {', '.join(map(repr, missing))}; name yours in 'columns'")
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
    ids = [_id(user), _id(item)]
    if written and math.isnan(time):
        raise ValueError(f"a time is no number or date (got {written!r})")
    return *ids, number(rating, "a rating"), prose(title), prose(text), seconds(time, _unit(time)) if written else 0


def _items(table: pd.DataFrame, skipped: Skipped) -> pd.DataFrame:
    """Id, title and description of each row that has an id; the others are added to those that were skipped."""
    kept = []
    for line, item, *texts in table.itertuples(name=None):
        try:
            kept.append((_id(item), *map(prose, texts)))
        except ValueError as error:  # noqa: PERF203, each row has its own error
            skipped.add(line, str(error))
    return pd.DataFrame(kept, columns=list(ITEM_COLUMNS))


def _id(written: str) -> str:
    if "\ufffd" in written:  # two ids may have become one
        raise ValueError("an id is not in UTF-8; save the file in UTF-8")
    return name(written)


def _unit(time: float) -> int:
    """How many units of a time are one second: seconds, or the coarsest of milli-, micro- and nanoseconds that gives a
    year before 10000."""
    return next((unit for unit in (1, 10**3, 10**6, 10**9) if abs(time) < _YEAR_10000 * unit), 1)


def _read(
    path: Path, columns: tuple[str, ...], names: Mapping[str, str], limits: Limits
) -> tuple[pd.DataFrame, Skipped, set[str]]:
    """Columns of a file, with the number of its line as the index of each row; what was skipped; and which of the names
    the file has."""
    # Ids and texts as they stand: "007" is no number, and a review that says "NA" is not missing.
    header, rows, skipped = csv_rows(
        path, [names.get(ours, ours) for ours in columns if ours in _NEEDED], limits=limits
    )
    theirs = {ours: next((name for name in (names.get(ours), ours) if name in header), None) for ours in columns}
    if missing := [names.get(ours, ours) for ours in columns if ours in _NEEDED and theirs[ours] is None]:
        raise ValueError(
            f"'{path}' has no column {', '.join(map(repr, missing))}, it has {str(header)[:_MAX_HEADER]}; name yours "
            "in 'columns'"
        )
    place = {ours: header.index(name) for ours, name in theirs.items() if name is not None}
    cells = {ours: [row[place[ours]].strip() if ours in place else "" for _, row in rows] for ours in columns}
    table = pd.DataFrame(cells, index=[line for line, _ in rows], dtype=object)
    return table, skipped, {*names.values()} & {*header}
