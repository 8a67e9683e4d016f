"""Tables from files."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..corpus.clean import on_one_line
from ..corpus.csv_rows import csv_rows
from ..corpus.lines import DEFAULT_LIMITS, Limits, numbered_lines
from ..corpus.records import Skipped, parsed_lines

if TYPE_CHECKING:
    import pandas as pd

#: Endings of files that are tables.
SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".json", ".jsonl")

_MAX_REASON = 300


def read_frame(
    path: Path, progress: Callable[[str], None] | None = None, limits: Limits = DEFAULT_LIMITS
) -> pd.DataFrame:
    """Reads the file of a table. Values of text files stay texts.

    Text files are in UTF-8, or in UTF-16 with a byte order mark. Columns of a ``.csv`` or ``.txt`` file are separated
    by what the header has most of: commas, tabs, semicolons or bars. Damaged lines of text files are skipped.

    Args:
        path: A ``.csv``, ``.tsv``, ``.txt``, ``.parquet``, ``.json`` or ``.jsonl`` file, also packed as ``.gz``,
            ``.bz2`` or ``.xz``.
        progress: Function that takes a line about the lines that were skipped, if any. (default: none)
        limits: How much of a text file is read, see :class:`~irllrec_pyg.corpus.Limits`. (default: enough for any file
            that is not made to fill the memory)

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It cannot be read, or is empty.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "mine.csv"
        >>> _ = file.write_text("user,item\\n007,a\\n")
        >>> read_frame(file).values.tolist()
        [['007', 'a']]
    """
    import pandas as pd

    if not path.is_file():
        raise FileNotFoundError(f"there is no file or folder '{path}'; see whether its name is right")
    suffix = next((suffix for suffix in map(str.lower, reversed(path.suffixes)) if suffix in SUFFIXES), None)
    if suffix is None:
        raise ValueError(
            f"'{path}' must be a folder or a file that ends in {', '.join(SUFFIXES)}, or in .gz after that"
        )
    if suffix == ".parquet":
        return _read_parquet(path)
    skipped = Skipped()
    if suffix == ".json":
        frame = _read_json(path, limits)
    elif suffix == ".jsonl":
        # Values as they stand, so that a column of whole numbers in which some are missing stays one.
        rows, skipped = parsed_lines(path, _encodable, limits, errors="strict")
        frame = pd.DataFrame(rows)
    else:
        separators = ("\t",) if suffix == ".tsv" else (",", "\t", ";", "|")
        header, cells, skipped = csv_rows(path, (), separators, limits, errors="strict")
        frame = pd.DataFrame([row for _, row in cells], columns=header, dtype=object)
    if frame.empty and not skipped.lines and not len(frame.columns):
        raise ValueError(f"'{path}' is empty; give a file with rows")
    if frame.empty and skipped.bad:
        raise ValueError(f"'{path}' cannot be read: {skipped}; is it another file?")
    if skipped.bad and progress is not None:
        progress(f"'{path}': {skipped}")
    return frame


def _encodable(record: dict[str, Any]) -> dict[str, Any]:
    """The record, if no name and no text in it has half characters."""
    for text in (*record, *record.values()):
        if isinstance(text, str):
            text.encode()
    return record


def _read_parquet(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_parquet(path)
    except Exception as error:  # a damaged file can fail in any way
        reason = on_one_line(str(error)[:_MAX_REASON]) or type(error).__name__
        raise ValueError(f"'{path}' cannot be read: {reason}; write the file again") from error


def _read_json(path: Path, limits: Limits) -> pd.DataFrame:
    """The table of a JSON file that holds a list of objects, or an object of columns."""
    import pandas as pd

    text = "".join(line for _, line in numbered_lines(path, limits, "strict"))
    try:
        content: Any = json.loads(text)
        make = partial(pd.DataFrame, content)
        if isinstance(content, list) and all(isinstance(row, dict) for row in content):
            return make()
        if isinstance(content, dict) and all(isinstance(column, dict | list) for column in content.values()):
            return make().reset_index(drop=True)
        raise ValueError("it holds neither a list of objects nor columns")
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"'{path}' cannot be read: {error}; write one object per line into a .jsonl file") from error
