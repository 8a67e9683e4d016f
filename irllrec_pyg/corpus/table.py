"""Anyone's own table of reviews."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from .csv_rows import open_csv
from .lines import DEFAULT_LIMITS, Limits
from .records import ITEM_COLUMNS, NUM_EXAMPLES, REVIEW_COLUMNS, RawReviews, RawRows, Skipped
from .times import to_seconds
from .values import name, number, prose, seconds

_NEEDED = ("user", "item", "rating")
_MAX_HEADER = 500
_BATCH = 1 << 14  # rows

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
    return table_rows([reviews], items, columns, limits).in_memory()


def table_rows(
    reviews: Sequence[str | Path],
    items: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> RawRows:
    """Rows that :func:`read_table` reads, of one file of reviews after the other.

    Args:
        reviews: Files of reviews.
        items: File of items. (default: items are called by their ids)
        columns: Names of the columns in the files, ours to theirs. (default: the same)
        limits: How much of the files is read. (default: see :class:`Limits`)

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A column is missing. Or, when the rows are taken, none can be read.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> file = Path(tempfile.mkdtemp()) / "mine.csv"
        >>> _ = file.write_text("user,item,rating\\nann,7,4.5\\n")
        >>> next(table_rows([file]).reviews)
        ('ann', '7', 4.5, '', '', 0)
    """
    names = dict(columns or {})
    if unknown := sorted({*names} - {*REVIEW_COLUMNS, *ITEM_COLUMNS}):
        raise ValueError(
            f"'columns' names {unknown}; it can name {', '.join(dict.fromkeys([*REVIEW_COLUMNS, *ITEM_COLUMNS]))}"
        )
    tables = [_open(Path(file), REVIEW_COLUMNS, names, limits) for file in reviews]
    about = None if items is None else _open(Path(items), ITEM_COLUMNS, names, limits)
    known = [*tables, about] if about else tables
    if missing := sorted({*names.values()}.difference(*(table.header for table in known))):
        files = " and ".join(f"'{table.path}'" for table in known)
        raise ValueError(
            f"{files} {'have' if len(known) > 1 else 'has'} no column {', '.join(map(repr, missing))}; name yours in "
            "'columns'"
        )
    rows = chain.from_iterable(map(_reviews, tables))
    return RawRows(rows, _items(about) if about else None, {str(table.path): table.skipped for table in known})


def _reviews(table: _Table) -> Iterator[tuple[object, ...]]:
    """Values of each row in the order of ``REVIEW_COLUMNS``."""
    some = False
    while rows := [*islice(table.rows, _BATCH)]:  # dates are read many at once
        damaged = Skipped()
        times = to_seconds(pd.Series([cells[-1] for _, cells in rows], dtype=object))
        for (line, cells), time in zip(rows, times, strict=True):
            try:
                row = _review(time, cells)
            except ValueError as error:
                damaged.add(line, str(error))
                continue
            some = True
            yield row
        table.skipped.bad += damaged.bad
        table.skipped.examples = sorted([*table.skipped.examples, *damaged.examples])[:NUM_EXAMPLES]
    if not some:
        raise ValueError(
            f"'{table.path}' holds no row with a user, an item and a rating ({table.skipped}); is it another file?"
        )


def _review(time: float, row: Sequence[str]) -> tuple[object, ...]:
    """Values of one row, from its cells in the order of ``REVIEW_COLUMNS`` and the time in seconds."""
    user, item, rating, title, text, written = row
    ids = [_id(user), _id(item)]
    if written and math.isnan(time):
        raise ValueError(f"a time is no number or date (got {written!r})")
    return *ids, number(rating, "a rating"), prose(title), prose(text), seconds(time, _unit(time)) if written else 0


def _items(table: _Table) -> Iterator[tuple[object, ...]]:
    """Id, title and description of each row that has an id; the others are added to those that were skipped."""
    for line, (item, *texts) in table.rows:
        try:
            row = (_id(item), *map(prose, texts))
        except ValueError as error:
            table.skipped.add(line, str(error))
            continue
        yield row


def _id(written: str) -> str:
    if "\ufffd" in written:  # two ids may have become one
        raise ValueError("an id is not in UTF-8; save the file in UTF-8")
    return name(written)


def _unit(time: float) -> int:
    """How many units of a time are one second: seconds, or the coarsest of milli-, micro- and nanoseconds that gives a
    year before 10000."""
    return next((unit for unit in (1, 10**3, 10**6, 10**9) if abs(time) < _YEAR_10000 * unit), 1)


class _Table(NamedTuple):
    """A file that is open, and its rows: the number of the line, and the cells of our columns."""

    path: Path
    header: list[str]
    rows: Iterator[tuple[int, list[str]]]
    skipped: Skipped


def _open(path: Path, columns: tuple[str, ...], names: Mapping[str, str], limits: Limits) -> _Table:
    # Ids and texts as they stand: "007" is no number, and a review that says "NA" is not missing.
    header, rows, skipped = open_csv(
        path, [names.get(ours, ours) for ours in columns if ours in _NEEDED], limits=limits
    )
    theirs = {ours: next((name for name in (names.get(ours), ours) if name in header), None) for ours in columns}
    if missing := [names.get(ours, ours) for ours in columns if ours in _NEEDED and theirs[ours] is None]:
        raise ValueError(
            f"'{path}' has no column {', '.join(map(repr, missing))}, it has {str(header)[:_MAX_HEADER]}; name yours "
            "in 'columns'"
        )
    places = [None if name is None else header.index(name) for name in theirs.values()]
    cells = ((line, ["" if place is None else row[place].strip() for place in places]) for line, row in rows)
    return _Table(path, header, cells, skipped)
