"""Anyone's own table of reviews."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from .records import ITEM_COLUMNS, REVIEW_COLUMNS, RawReviews, Skipped
from .times import to_seconds

OPTIONAL = ("title", "text", "description", "time")


def read_table(
    reviews: str | Path, items: str | Path | None = None, columns: Mapping[str, str] | None = None
) -> RawReviews:
    """Reads reviews from a CSV file (or TSV, or gzipped) with one row per review.

    Args:
        reviews: File with ``user``, ``item`` and ``rating``; ``title``, ``text`` and ``time`` (seconds since 1970, or
            anything that pandas reads as a date) are empty where there is no such column.
        items: File with ``item``, ``title`` and ``description``. (default: an item is called by its id)
        columns: Names of the columns in the files, ours to theirs, such as ``{"user": "reviewer"}``.
            (default: the same)

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A column is missing; the message lists those that the file has.

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
    table["rating"] = pd.to_numeric(table["rating"], errors="coerce")
    table["time"] = to_seconds(table["time"]).fillna(0).astype("int64")
    bad = (table["user"] == "") | (table["item"] == "") | table["rating"].isna()
    skipped.bad = int(bad.sum())
    skipped.examples = [(int(row) + 2, "no user, item or rating") for row in table.index[bad][:5]]
    found = {str(reviews): skipped}
    if items is None:
        about = pd.DataFrame({"item": sorted(set(table["item"]) - {""})})
        about = about.assign(title=about["item"], description="")
    else:
        about, found[str(items)] = _read(Path(items), ITEM_COLUMNS, names)
    return RawReviews(table[~bad].reset_index(drop=True), about, found)


def _read(path: Path, columns: tuple[str, ...], names: Mapping[str, str]) -> tuple[pd.DataFrame, Skipped]:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file '{path}'")
    # Ids and texts as they stand: "007" is no number, and a review that says "NA" is not missing.
    read = pd.read_csv(path, sep=None, engine="python", dtype=str, keep_default_na=False)
    theirs = {ours: names.get(ours, ours) for ours in columns}
    missing = [name for ours, name in theirs.items() if name not in read and (ours in names or ours not in OPTIONAL)]
    if missing:
        raise ValueError(
            f"'{path}' has no column {', '.join(map(repr, missing))}, it has {list(read)}; name yours in 'columns'"
        )
    table = pd.DataFrame({ours: read.get(name, "") for ours, name in theirs.items()})
    return table.apply(lambda column: column.str.strip()), Skipped(lines=len(table))
