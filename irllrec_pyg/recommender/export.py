"""Recommendations for all users in a file."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch_geometric.data import HeteroData
from tqdm import tqdm

from .._io import replacing
from ..ranking import Ranker
from .recommend import UserLists, user_nodes

if TYPE_CHECKING:
    import pandas as pd

#: Rows of the table that are held at once.
_ROWS = 1 << 17

Write = Callable[["pd.DataFrame"], None]


def export_recommendations(
    file: str | Path,
    ranker: Ranker,
    data: HeteroData,
    users: Sequence[Any] | None = None,
    k: int = 10,
    progress: bool = True,
    **options: Any,
) -> Path:
    """Writes the best items for many users to a file, a part of the users at a time.

    The file holds the table of :func:`~irllrec_pyg.recommender.recommend`, and memory does not grow with the number of
    users. An export that is interrupted leaves the file that was there before.

    Args:
        file: The file: ``.parquet``, which needs pyarrow, ``.csv``, or ``.csv.gz``. Its folder is created if it is
            missing.
        ranker: Anything that scores.
        data: The data object that it was trained on.
        users: Original ids of users. (default: all users)
        k: Number of items per user. (default: ``10``)
        progress: Whether to show a progress bar on a terminal. (default: ``True``)
        **options: Further arguments of :func:`~irllrec_pyg.recommender.recommend`: ``exclude``, ``among``,
            ``diversity`` and ``popularity_discount``.

    Returns:
        The file.

    Raises:
        ImportError: The file is a ``.parquet`` and pyarrow is not installed.
        TypeError: ``ranker`` does not score, or ids have a type that a ``.parquet`` cannot hold.
        ValueError: The file has another suffix, or as :func:`~irllrec_pyg.recommender.recommend`.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.models import Popularity
        >>> from irllrec_pyg.testing import tiny_data
        >>> data, folder = tiny_data(), Path(tempfile.mkdtemp())
        >>> file = export_recommendations(folder / "best.csv", Popularity.from_data(data), data, k=2)
        >>> file.read_text().splitlines()[0]
        'user,item,rank,score'
    """
    file = Path(file)
    writing = _format(file)
    nodes = user_nodes(ranker, data, users)
    lists = UserLists(ranker, data, k, **options)
    with ExitStack() as stack:
        part = stack.enter_context(replacing(file))
        write = stack.enter_context(writing(part, data))
        bar = stack.enter_context(
            tqdm(total=nodes.numel(), desc="recommend", unit="user", disable=None if progress else True)
        )
        for tile in nodes.split(max(1, _ROWS // k)):
            write(lists.table(tile))
            bar.update(tile.numel())
    return file


def _format(file: Path) -> Callable[[Path, HeteroData], Any]:
    name = file.name.lower()
    if name.endswith((".csv", ".csv.gz")):
        return _csv
    if not name.endswith(".parquet"):
        raise ValueError(f"'file' must end in .parquet, .csv or .csv.gz (got '{file.name}')")
    try:
        import pyarrow  # noqa: F401 - before anything is computed
    except ImportError as error:
        raise ImportError(f"'{file.name}' needs pyarrow; run 'pip install pyarrow', or write a .csv.gz") from error
    return _parquet


@contextmanager
def _csv(part: Path, data: HeteroData) -> Iterator[Write]:
    with ExitStack() as stack:
        raw: Any = stack.enter_context(part.open("wb"))
        if part.suffix.lower() == ".gz":  # a header without a time, so that the same tables give the same bytes
            raw = stack.enter_context(gzip.GzipFile("", "wb", fileobj=raw, mtime=0))
        stream = stack.enter_context(io.TextIOWrapper(raw, encoding="utf-8", newline=""))
        header = [True]

        def write(table: pd.DataFrame) -> None:
            table.to_csv(stream, header=header.pop() if header else False, index=False, lineterminator="\n")

        yield write


@contextmanager
def _parquet(part: Path, data: HeteroData) -> Iterator[Write]:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    fields = [(side, _id_type(data, side)) for side in ("user", "item")]
    fields += [("rank", pa.int64()), ("score", pa.float64())]
    if "title" in data["item"]:
        fields.append(("title", pa.string()))
    schema = pa.schema(fields)
    with ParquetWriter(part, schema) as writer:
        yield lambda table: writer.write_table(pa.Table.from_pandas(table, schema, preserve_index=False))


def _id_type(data: HeteroData, side: str) -> Any:
    """Type of a column of ids. That of all ids, because one part of the table may hold a narrower one."""
    import pyarrow as pa

    original = data[side].get("original_id")
    if original is None:
        return pa.int64()
    try:
        return pa.array(original, from_pandas=True).type
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise TypeError(f"a .parquet cannot hold the ids of {side}s ({error}); write a .csv.gz") from error
