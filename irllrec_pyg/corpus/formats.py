"""Formats of raw files, read one row at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from .._checks import check_choice
from . import amazon_2014, amazon_2023, yelp
from .lines import DEFAULT_LIMITS, Limits
from .records import RawRows, pair_rows
from .table import table_rows

#: Rows of each format, from files of reviews and the file of items.
FORMATS: dict[str, Callable[..., RawRows]] = {
    **{
        name: partial(pair_rows, review=module.review_row, item=module.item_row)
        for name, module in (("amazon-2023", amazon_2023), ("amazon-2014", amazon_2014), ("yelp", yelp))
    },
    "csv": table_rows,
}


def raw_rows(
    format: str,
    reviews: Sequence[str | Path],
    items: str | Path | None,
    columns: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> RawRows:
    """Rows of raw files, which are read when they are taken.

    Args:
        format: ``"amazon-2023"``, ``"amazon-2014"``, ``"yelp"`` or ``"csv"``.
        reviews: Files of reviews, read one after the other.
        items: File of items. Only a ``"csv"`` may be without.
        columns: Names of the columns of a ``"csv"``, ours to theirs. (default: the same)
        limits: How much of the files is read. (default: enough for the published files)

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: The format is unknown, there is no file of reviews, or an argument does not belong to the format.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "mine.csv"
        >>> _ = file.write_text("user,item,rating\\nann,7,4.5\\n")
        >>> next(raw_rows("csv", [file], None).reviews)
        ('ann', '7', 4.5, '', '', 0)
    """
    check_choice("format", format, [*FORMATS])
    files = [*reviews, *([] if items is None else [items])]
    if not reviews:
        raise ValueError("'reviews' names no file; give one or more")
    if len({*map(str, files)}) < len(files):
        raise ValueError(f"a file is named twice ({', '.join(map(str, files))}); name each once")
    for file in files:
        if not Path(file).is_file():  # before hours are spent with the others
            raise FileNotFoundError(f"there is no file '{file}'; see whether its name is right")
    options: dict[str, Any] = {"columns": columns} if columns else {}
    if format != "csv" and options:
        raise ValueError(f"'columns' names columns of a csv, but 'format' is {format!r}; leave it out")
    if format != "csv" and items is None:
        raise ValueError(f"'items' is missing: the file of items that belongs to '{reviews[0]}'")
    return FORMATS[format](reviews, items, limits=limits, **options)
