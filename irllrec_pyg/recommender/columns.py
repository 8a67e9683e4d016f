"""Columns of values in Parquet files."""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .ids import ids_from_json, ids_to_json

if TYPE_CHECKING:
    import pyarrow as pa


class Column(Sequence[Any]):
    """The values of one column of a file, which are read at their first use.

    It equals the list of its values. The file stays open, so that it can be replaced in the meantime.

    Args:
        file: The file.
        name: Name of the column.
        kind: How values are written, see :func:`encode_columns`.
        size: Number of values.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "items.parquet"
        >>> table, kinds = encode_columns({"title": ["Emma", "Persuasion"]})
        >>> write_table(file, table)
        >>> column = Column(ColumnFile(file), "title", kinds["title"], size=2)
        >>> column[1], column == ["Emma", "Persuasion"]
        ('Persuasion', True)
    """

    def __init__(self, file: ColumnFile, name: str, kind: str, size: int) -> None:
        self._source: tuple[ColumnFile, str, str] | None = (file, name, kind)
        self._size = size
        self._read: list[Any] = []

    def tolist(self) -> list[Any]:
        """The values as a list."""
        return [*self._values]

    @property
    def _values(self) -> list[Any]:
        if self._source is not None:
            file, name, kind = self._source
            self._read = file.read(name, kind)
            self._source = None
        return self._read

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: Any) -> Any:
        return self._values[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __eq__(self, other: object) -> bool:
        return self._values == (other._values if isinstance(other, Column) else other)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[type[list[Any]], tuple[list[Any]]]:
        return list, (self.tolist(),)  # a copy or a pickle is a list

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'...' if self._source else self._read!r}, size={self._size})"


class ColumnFile:
    """A Parquet file that is open for reading. Nothing is read before :meth:`read`.

    Args:
        file: The file.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "users.parquet"
        >>> table, kinds = encode_columns({"age": [31, None]})
        >>> write_table(file, table)
        >>> ColumnFile(file).read("age", kinds["age"])
        [31, None]
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        with file.open("rb") as stream:
            self._content = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)

    def read(self, name: str, kind: str) -> list[Any]:
        """The values of a column.

        Args:
            name: Name of the column.
            kind: How values are written.

        Raises:
            ValueError: The file is damaged.
        """
        pa = import_pyarrow()
        from pyarrow import parquet

        try:
            table = parquet.read_table(pa.BufferReader(pa.py_buffer(self._content)), columns=[name])
            values: list[Any] = table.column(name).to_pylist()
        except (pa.ArrowException, OSError, KeyError) as error:
            raise ValueError(f"'{self.file}' is damaged ({error}); save the engine again") from error
        if kind in ("json", "id"):
            values = [None if value is None else json.loads(value) for value in values]
        return ids_from_json(values) if kind == "id" else values


def encode_columns(columns: Mapping[str, Sequence[Any]]) -> tuple[pa.Table, dict[str, str]]:
    """An Arrow table of columns, and how the values of each are written.

    Strings, whole numbers, numbers and booleans are written as they are (``"plain"``), and other values as JSON
    (``"json"``): lists and dictionaries as they are, and dates, UUIDs and the like as
    :func:`~irllrec_pyg.recommender.ids_to_json` describes them (``"id"``).

    Args:
        columns: The columns, of equal length. :obj:`None` is a missing value.

    Raises:
        TypeError: A value cannot be written.

    Examples:
        >>> encode_columns({"original_id": ["a", b"b"], "year": [1815, 1818], "genres": [["novel"], []]})[1]
        {'original_id': 'id', 'year': 'plain', 'genres': 'json'}
    """
    pa = import_pyarrow()
    written = {name: encode_column(name, values) for name, values in columns.items()}
    table = pa.table({name: array for name, (array, _) in written.items()})
    return table, {name: kind for name, (_, kind) in written.items()}


def write_table(file: Path, table: pa.Table) -> None:
    """Writes a table to a Parquet file.

    Args:
        file: The file.
        table: The table.
    """
    from pyarrow import parquet

    parquet.write_table(table, file, compression="zstd")


def import_pyarrow() -> Any:
    """The package pyarrow.

    Raises:
        ImportError: It is not installed; the message says how to install it.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise ImportError("a saved engine needs pyarrow; run 'pip install pyarrow'") from error
    return pyarrow


def encode_column(name: str, values: Sequence[Any]) -> tuple[pa.Array, str]:
    """An Arrow array of values, and how they are written, see :func:`encode_columns`.

    Args:
        name: Name of the column; ``"original_id"`` for ids, of which the type is kept.
        values: The values.

    Raises:
        TypeError: A value cannot be written.
    """
    pa = import_pyarrow()
    kinds = {type(value) for value in values if value is not None}
    types = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    if len(kinds) == 1 and (kind := next(iter(kinds))) in types:
        try:
            return pa.array(values, types[kind], from_pandas=False), "plain"
        except (pa.ArrowException, OverflowError, UnicodeError):  # such as a number of more than 64 bits
            pass
    try:
        described = [None if value is None else json.dumps(value) for value in values]
        if name != "original_id" and [*map(_loads, described)] == [*values]:
            return pa.array(described, pa.string()), "json"
    except (TypeError, ValueError):
        pass
    try:
        described = [None if value is None else json.dumps(ids_to_json([value])[0]) for value in values]
    except TypeError as error:
        raise TypeError(f"column {name!r} cannot be saved: {error}") from error
    return pa.array(described, pa.string()), "id"


def _loads(text: str | None) -> Any:
    return None if text is None else json.loads(text)
