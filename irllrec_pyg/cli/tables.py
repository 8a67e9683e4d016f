"""Tables that commands read and write."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._io import replacing
from . import common

if TYPE_CHECKING:
    import pandas as pd
    from torch_geometric.data import HeteroData


def write_table(table: pd.DataFrame, file: Path) -> None:
    """Writes a table in the format that the file's name says.

    Args:
        table: The table.
        file: A ``.csv``, ``.tsv``, ``.parquet`` or ``.jsonl`` file.

    Raises:
        ValueError: The name has another ending. Nothing was written.

    Examples:
        >>> import tempfile
        >>> import pandas as pd
        >>> file = Path(tempfile.mkdtemp()) / "list.csv"
        >>> write_table(pd.DataFrame({"item": ["a"]}), file)
        >>> file.read_text()
        'item\\na\\n'
    """
    writers: dict[str, Callable[[Path], object]] = {
        ".csv": lambda part: table.to_csv(part, index=False),
        ".tsv": lambda part: table.to_csv(part, index=False, sep="\t"),
        ".parquet": lambda part: table.to_parquet(part, index=False),
        ".jsonl": lambda part: table.to_json(part, orient="records", lines=True, force_ascii=False),
    }
    if file.suffix not in writers:
        raise ValueError(f"'{file}' must end in {', '.join(writers)}")
    with replacing(file) as part:
        writers[file.suffix](part)


def read_interactions(
    file: Path,
    columns: Mapping[str, str],
    data: HeteroData,
    min_rating: float | None = 3.0,
    progress: Callable[[str], None] = lambda line: None,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Reads a table of interactions whose ids are those of the data, also where the file holds them as texts.

    Args:
        file: The file.
        columns: Names of the columns, ours to theirs; others are recognised.
        data: The data object that knows the ids.
        min_rating: Lowest rating that will count as an interaction; :obj:`None` takes all. (default: ``3.0``)
        progress: Function that takes lines about the columns and the rows. (default: none)

    Returns:
        Rows with a user and an item, and the names of their columns, ours to theirs. Those with low ratings are among
        them, because an update keeps them as seen.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It cannot be read, a column is missing, or a rating is no number.
    """
    import pandas as pd

    from ..corpus.columns import columns_note, find_columns
    from ..corpus.rows import Rows
    from ..search.tables import read_frame

    frame = read_frame(file, progress)
    rows = Rows.from_frame(frame, find_columns(frame, columns))
    progress(columns_note(frame, rows.columns))
    table = rows.table.copy()
    rows.keep_rated(min_rating)
    progress(f"{rows}; {len(rows.table)} remain")
    for side in ("user", "item"):
        known, whole_numbers = common.ids_by_text(data, side), _has_whole_numbers(data, side)
        table[side] = pd.Series([_restore(value, known, whole_numbers) for value in table[side]], table.index, object)
    # Users and items come last, so that an id which is also a title stays as it was restored.
    return pd.DataFrame({theirs: table[ours] for ours, theirs in reversed(rows.columns.items())}), rows.columns


def _has_whole_numbers(data: HeteroData, side: str) -> bool:
    return all(isinstance(value, int) for value in data[side].get("original_id") or ())


def _restore(value: Any, known: Mapping[str, Any], whole_numbers: bool) -> Any:
    if str(value) in known:
        return known[str(value)]
    return int(value) if whole_numbers and str(value).lstrip("-").isdigit() else value


def among_columns(data: HeteroData, conditions: Sequence[str]) -> dict[str, list[Any]]:
    """Values of item columns, as they stand in the data, for conditions ``COLUMN=VALUE``.

    Upper and lower case are the same. Two values of one column mean either of them.

    Args:
        data: The data object.
        conditions: The conditions.

    Raises:
        ValueError: A condition has another form, the items have no such column, or no item has the value.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> data["item"].year = [1999, 2024] * 10
        >>> among_columns(data, ["year=1999"])
        {'year': [1999]}
    """
    from ..recommender.among import item_columns

    columns, found = item_columns(data), dict[str, list[Any]]()
    for condition in conditions:
        column, sign, value = condition.partition("=")
        if not sign:
            raise ValueError(f"'--among' takes COLUMN=VALUE (got {condition!r})")
        if column not in columns:
            raise ValueError(f"'--among' names {column!r}, but the columns of items are {', '.join(columns) or 'none'}")
        known = {one for entry in columns[column] for one in (entry if isinstance(entry, list | tuple) else [entry])}
        meant = [one for one in known if str(one).lower() == value.strip().lower()]
        if not meant:
            near = difflib.get_close_matches(value, map(str, known), 3) or sorted(map(str, known))[:3]
            raise ValueError(f"no item has {column} {value!r}; its values are like {', '.join(near)}")
        found[column] = [*found.get(column, []), *meant]
    return found
