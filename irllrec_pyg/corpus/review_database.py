"""Filters of reviews in DuckDB, which works on the disk where a table is larger than the memory."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from .._replacing import naming
from .parquet_rows import ITEM_FILES, REVIEW_FILES

_ROWS = 10_000  # that are taken at once
_SINCE_YEAR_1 = 62_135_596_800  # seconds before 1970, so that no time is negative


class ReviewDatabase:
    """Reviews and items of a folder of Parquet files, see :mod:`~irllrec_pyg.corpus.parquet_rows`.

    Users and items are numbered in the order of their ids: ``u`` and ``i``. The steps are those of
    :func:`~irllrec_pyg.corpus.build_corpus`, and are called in the order in which they stand here. The filters read
    numbers alone; texts are read once, at the end.

    Args:
        connection: Connection to a DuckDB database.
        rows: Folder of the Parquet files.
    """

    def __init__(self, connection: Any, rows: Path) -> None:
        self.connection = connection
        self._run(f"CREATE VIEW reviews AS SELECT * FROM read_parquet({_quoted(rows / REVIEW_FILES)})")
        items = f"SELECT * FROM read_parquet({_quoted(rows / ITEM_FILES)})"
        if not [*rows.glob(ITEM_FILES)]:  # an item is called by its id
            items = "SELECT DISTINCT item, item AS title, '' AS description, 0 AS position FROM reviews"
        self._run(f"CREATE VIEW items AS {items}")
        for side, code in (("user", "u"), ("item", "i")):
            self._run(
                f'CREATE TABLE {side}_ids AS SELECT "{side}", CAST(row_number() OVER (ORDER BY "{side}") AS INTEGER) '
                f'AS {code} FROM (SELECT DISTINCT "{side}" FROM reviews)'
            )

    def make_pairs(self, min_rating: float) -> tuple[int, int, int]:
        """Finds the latest review of each pair that is rated high enough; of several at the same time, the last one.

        Args:
            min_rating: Lowest rating that counts.

        Returns:
            Number of reviews, of those rated high enough, and of those that are the latest of their pair.
        """
        # One number that grows with time and position takes a fixed place, which the database can move to the disk.
        key = f"(time + {_SINCE_YEAR_1})::HUGEINT * {1 << 63} + position"
        self._run(
            f"CREATE TABLE pairs AS SELECT u, i, (latest % {1 << 63})::BIGINT AS position, "
            f"(latest // {1 << 63})::BIGINT - {_SINCE_YEAR_1} AS time FROM ("
            f"SELECT u, i, max({key}) FILTER (rating >= {min_rating!r}) AS latest "
            'FROM reviews JOIN user_ids USING ("user") JOIN item_ids USING (item) GROUP BY u, i)'
        )
        reviews, rated = self._row(f"SELECT count(*), count(*) FILTER (rating >= {min_rating!r}) FROM reviews")
        self._run("CREATE TABLE core AS SELECT * FROM pairs WHERE position IS NOT NULL")
        return reviews, rated, self.count_left()

    def keep_core(self, k: int) -> Iterator[int]:
        """Leaves out users and items outside the k-core, see :func:`~irllrec_pyg.corpus.k_core`.

        Args:
            k: Number of interactions that every user and item has at least.

        Yields:
            How many reviews each round leaves out, until it is none.
        """
        left_out = 1
        while left_out:
            left_out = sum(
                self._row(
                    f"DELETE FROM core WHERE {code} IN (SELECT {code} FROM core GROUP BY {code} HAVING count(*) < {k})"
                )[0]
                for code in ("u", "i")
            )
            yield left_out

    def count_left(self) -> int:
        """Number of reviews that are left."""
        return int(self._row("SELECT count(*) FROM core")[0])

    def core(self) -> dict[str, np.ndarray[Any, Any]]:
        """Columns ``u``, ``i``, ``time`` and ``position`` of the reviews that are left, by user, time and item."""
        return self._columns("SELECT u, i, time, position FROM core ORDER BY u, time, i")

    def set_splits(self, core: dict[str, np.ndarray[Any, Any]], split: np.ndarray[Any, Any]) -> None:
        """Sets the split of each review.

        Args:
            core: The reviews of :meth:`core`.
            split: Number of the split of each; a negative one leaves the review out.
        """
        number = pa.array(np.arange(len(split)))
        given = pa.table({**{name: core[name] for name in ("u", "i", "position")}, "number": number, "split": split})
        self.connection.register("given", given)
        self._run("CREATE TABLE kept AS SELECT * FROM given WHERE split >= 0")
        self.connection.unregister("given")
        self._run("DROP TABLE core")

    def ids(self, side: str) -> list[str]:
        """Sorted ids of the users or items that have reviews.

        Args:
            side: ``"user"`` or ``"item"``.
        """
        code = side[0]
        found = self._rows(f'SELECT "{side}" FROM {side}_ids WHERE {code} IN (SELECT {code} FROM kept) ORDER BY {code}')
        return [id_ for (id_,) in found]

    def seen(self) -> dict[str, np.ndarray[Any, Any]]:
        """Columns ``u`` and ``i`` of the pairs that are no interactions, between users and items that have others."""
        return self._columns(
            "SELECT u, i FROM pairs WHERE u IN (SELECT u FROM kept) AND i IN (SELECT i FROM kept) "
            "AND NOT EXISTS (SELECT 1 FROM kept WHERE kept.u = pairs.u AND kept.i = pairs.i) ORDER BY u, i"
        )

    def item_rows(self) -> Iterator[tuple[Any, ...]]:
        """The first row of each item that has reviews, in the order of their ids."""
        return self._rows(
            "SELECT item, title, description FROM items JOIN ("
            "SELECT item, min(position) AS position FROM items GROUP BY item) USING (item, position) "
            "JOIN item_ids USING (item) WHERE i IN (SELECT i FROM kept) ORDER BY i"
        )

    def review_rows(self) -> Iterator[tuple[Any, ...]]:
        """The reviews in the order of :meth:`core`, with their texts and the number of the split."""
        return self._rows(
            'SELECT "user", item, rating, title, text, time, split FROM reviews JOIN kept USING (position) '
            "ORDER BY number"
        )

    def _run(self, query: str) -> None:
        self.connection.execute(query)

    def _row(self, query: str) -> tuple[Any, ...]:
        found: tuple[Any, ...] = self.connection.execute(query).fetchone()
        return found

    def _columns(self, query: str) -> dict[str, np.ndarray[Any, Any]]:
        found: dict[str, np.ndarray[Any, Any]] = self.connection.execute(query).fetchnumpy()
        return found

    def _rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        result = self.connection.execute(query)
        while rows := result.fetchmany(_ROWS):
            yield from rows


@contextmanager
def open_database(rows: Path, file: Path, memory_limit: str) -> Iterator[ReviewDatabase]:
    """Opens a new database of reviews. It is removed when the block ends.

    Args:
        rows: Folder of the Parquet files.
        file: File of the database; what does not fit into the memory is written beside it.
        memory_limit: How much memory the database takes, such as ``"1GB"``.

    Raises:
        ImportError: The package duckdb is missing.
        MemoryError: The limit is too low.
        OSError: The disk is full.
        ValueError: ``memory_limit`` is no size.
    """
    try:
        import duckdb
    except ImportError as error:
        raise ImportError(
            "files larger than the memory need the package duckdb; install it with: pip install 'irllrec-pyg[large]'"
        ) from error
    overflow = file.with_suffix(".overflow")
    _remove(file, overflow)
    config: dict[str, Any] = {
        "memory_limit": memory_limit,
        "temp_directory": str(overflow),
        "preserve_insertion_order": False,
    }
    try:
        connection = duckdb.connect(str(file), config=config)
    except (duckdb.ParserException, duckdb.InvalidInputException) as error:
        raise ValueError(f"'memory_limit' must be a size such as '1GB' (got {memory_limit!r})") from error
    try:
        yield ReviewDatabase(connection, rows)
    except duckdb.OutOfMemoryException as error:
        raise MemoryError(f"'memory_limit' {memory_limit!r} is too low ({error}); raise it") from error
    except (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException) as error:
        with naming(file):
            raise OSError(_errno(error), f"the database cannot be written ({error})") from error
    finally:
        connection.close()
        _remove(file, overflow)


def _errno(error: Exception) -> int:
    """Number of the error of the system that the database tells in words."""
    return next((number for number in (errno.ENOSPC, errno.EFBIG) if os.strerror(number) in str(error)), errno.EIO)


def _remove(file: Path, overflow: Path) -> None:
    import shutil

    for left in (file, file.with_name(f"{file.name}.wal")):
        left.unlink(missing_ok=True)
    shutil.rmtree(overflow, ignore_errors=True)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
