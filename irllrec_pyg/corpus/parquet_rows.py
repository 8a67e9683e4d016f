"""Rows of raw files as Parquet, which a database reads without loading it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from .._manifest import read_manifest, write_manifest
from .._replacing import naming, replacing
from .records import RawRows, Skipped

_TEXT = pa.string()

#: Columns of the files. A position says where a row was in the raw files: it is another one for each row, and grows.
REVIEW_SCHEMA = pa.schema(
    [
        *((name, _TEXT) for name in ("user", "item")),
        ("rating", pa.float64()),
        *((name, _TEXT) for name in ("title", "text")),
        ("time", pa.int64()),
        ("position", pa.int64()),
    ]
)
ITEM_SCHEMA = pa.schema([*((name, _TEXT) for name in ("item", "title", "description")), ("position", pa.int64())])

REVIEW_FILES, ITEM_FILES = "reviews*.parquet", "items*.parquet"  # patterns
_DONE, _FORMAT = "rows.json", 1
_BATCH = 1 << 14  # rows


def write_parquet(
    file: str | Path, rows: Iterator[tuple[Any, ...]], schema: pa.Schema, start: int = 0, progress: bool = True
) -> None:
    """Writes rows into a Parquet file, some thousands at a time. The file is complete or as it was before.

    Args:
        file: The file. Reviews are in files ``reviews*.parquet`` of a folder, items in ``items*.parquet``.
        rows: The rows, in the columns of the schema but the position.
        schema: ``REVIEW_SCHEMA`` or ``ITEM_SCHEMA``.
        start: Position of the first row, such as ``n << 40`` for the n-th of several files. (default: ``0``)
        progress: Whether to show a progress bar, if there is a terminal. (default: ``True``)

    Raises:
        OSError: The file cannot be written.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "items.parquet"
        >>> write_parquet(file, iter([("x", "Alien", "")]), ITEM_SCHEMA, progress=False)
        >>> pq.read_table(file).to_pylist()
        [{'item': 'x', 'title': 'Alien', 'description': '', 'position': 0}]
    """
    file = Path(file)
    bar = tqdm(desc=f"reading {file.stem}", unit="row", disable=None if progress else True)
    with bar, replacing(file) as part, naming(file), pq.ParquetWriter(part, schema, compression="zstd") as out:
        while batch := [*islice(rows, _BATCH)]:
            columns = [*zip(*batch, strict=True), range(start, start + len(batch))]
            arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
            out.write_batch(pa.record_batch(arrays, schema=schema))
            start += len(batch)
            bar.update(len(batch))


def write_rows(folder: Path, rows: RawRows, key: str, progress: bool = True) -> dict[str, Skipped]:
    """Writes the rows of raw files into a folder, unless an earlier run did.

    Args:
        folder: The folder.
        rows: The rows. They are not taken where the folder has them already.
        key: Hash of the raw files and of how they are read.
        progress: Whether to show progress bars, if there is a terminal. (default: ``True``)

    Returns:
        Lines that could not be read, by file.

    Raises:
        OSError: A file cannot be written.
        ValueError: A raw file cannot be read.
    """
    done = folder / _DONE
    if done.is_file():
        saved = read_manifest(done, _FORMAT, "delete it, and the files are read again")
        if saved["key"] == key:
            return {name: Skipped(**about) for name, about in saved["skipped"].items()}
        done.unlink()
    if rows.items is not None:  # first, because there are few
        write_parquet(folder / "items.parquet", rows.items, ITEM_SCHEMA, progress=progress)
    write_parquet(folder / "reviews.parquet", rows.reviews, REVIEW_SCHEMA, progress=progress)
    skipped = {name: asdict(about) for name, about in rows.skipped.items()}
    write_manifest(done, {"key": key, "skipped": skipped}, _FORMAT)
    return rows.skipped
