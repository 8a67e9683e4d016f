"""Anyone's own table of interactions, with the texts that it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import torch
from torch_geometric.data import HeteroData

from ..data import INTERACTS, SEEN, SPLITS_BY, statistics
from .columns import columns_note, find_columns, listed
from .frame import from_dataframe
from .rows import TAKE_ALL, Rows, is_given, known_pairs, words
from .texts import is_training
from .times import to_seconds

#: Attributes that ``data["item"]`` has for other purposes.
_OWN = ("num_nodes", "original_id", "title", "text", "intent", "profile", "words")


def interactions_from_table(
    frame: pd.DataFrame,
    columns: Mapping[str, str] | None = None,
    min_rating: float | None = 3.0,
    ratio: Sequence[float] = (8, 1, 1),
    seed: int = 0,
    item_columns: Sequence[str] = (),
    split_by: str = "random",
    progress: Callable[[str], None] | None = None,
) -> HeteroData:
    """Builds the package's data object from a table with one interaction or review per row, with texts of items.

    The text of an item is its title, its description, and the reviews of its training interactions: a held-out review
    would leak the test interactions to the model. Users have no text of their own.

    Rows without a user, an item or a rating are left out, and ``progress`` says how many. What a user rated too low, or
    not at all, is kept in ``seen_index`` of the interactions: no model learns from it, and it is not recommended.

    Args:
        frame: The table, with ``user`` and ``item`` and, where there are any, ``rating``, ``title`` and ``description``
            of the item, ``text`` of the review, ``split`` and ``time``. Usual names such as ``customer_id`` and
            ``asin`` are recognised, in upper or lower case.
        columns: Names of the columns in the table, ours to theirs, such as ``{"user": "member"}``. (default: they are
            recognised)
        min_rating: Lowest rating that counts as an interaction, if there are ratings; :obj:`None` takes all.
            (default: ``3.0``)
        ratio: Sizes of training, validation and test split, where the table has no ``split``. (default: ``(8, 1, 1)``)
        seed: Seed of the split. (default: ``0``)
        item_columns: Further columns that describe the item, such as ``("category", "brand", "price")``. Each becomes
            a list ``data["item"][column]`` with one value per item, :obj:`None` where all rows of the item are empty.
            Recommendations can be limited by them, see :func:`~irllrec_pyg.recommender.recommend`. (default: none)
        split_by: How a table without ``split`` is split: ``"random"``, or by time as ``"last"`` and ``"time"``; see
            :func:`~irllrec_pyg.corpus.from_dataframe`. (default: ``"random"``)
        progress: Function that takes lines: which columns are read as what, how many rows are left out, and how many
            have a text. (default: none)

    Raises:
        ValueError: A column is missing, a column of ``item_columns`` holds two values for one item, a rating is no
            number, no row is left, or as :func:`~irllrec_pyg.corpus.from_dataframe`.

    Examples:
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"user_id": ["a"] * 10 + ["b"] * 10, "asin": [*range(10), *range(5, 15)]})
        >>> interactions_from_table(frame.assign(title="a film"))["item"].text[0]
        'a film'
    """
    found, say = find_columns(frame, columns), progress or (lambda line: None)
    found = _without_unread(found, split_by)
    rows = Rows.from_frame(frame, found)
    about = _item_columns(frame, rows.table, item_columns)
    say(columns_note(frame, found, item_columns))
    everything = rows.table
    highest = rows.keep_rated(min_rating)
    table = rows.table
    if table.empty:
        raise ValueError(_nothing_left(rows, min_rating, highest))
    data = _split(table, found, ratio, seed, split_by)
    sizes = {name: int(number) for name, number in statistics(data).items() if name != "density"}
    unknown = data[INTERACTS][SEEN].size(1) if SEEN in data[INTERACTS] else 0
    if repeated := len(table) - sizes["interactions"] - unknown:
        rows.left_out["repeated"] = repeated
    if unknown:
        rows.left_out["held out, of users or items without training interactions"] = unknown
    say(f"{rows}; {sizes['interactions']} interactions of {sizes['users']} users and {sizes['items']} items remain")
    items = data["item"].original_id
    seen = known_pairs(everything.drop(table.index), data["user"].original_id, items)
    if seen.size(1):
        data[INTERACTS][SEEN] = torch.cat([data[INTERACTS][SEEN], seen], dim=1) if unknown else seen
    parts = [_about(table, name).reindex(items).fillna("") for name in ("title", "description") if name in table]
    if "title" in table:
        data["item"].title = [title or str(item) for title, item in zip(parts[0], items, strict=True)]
    if "text" in table:
        data.rows_with_text = [int(is_given(table["text"]).sum()), len(table)]
        say(f"{data.rows_with_text[0]} of {len(table)} rows have a text")
        rows_read = table
        if "time" in table:  # of a repeated pair, the first is split, and later reviews may be newer than held-out ones
            rows_read = table.sort_values("time", key=to_seconds, kind="stable").drop_duplicates(["user", "item"])
        training = rows_read[is_training(rows_read, data) & rows_read["text"].notna()]
        parts.append(words(training["text"]).groupby(training["item"]).agg(" ".join).reindex(items).fillna(""))
    if parts:
        joined = zip(*parts, strict=True)
        data["item"].text = [". ".join(part.strip() for part in row if part.strip()) for row in joined]
    for column in item_columns:
        values = _constant(about, column)
        data["item"][column] = [values.get(item) for item in items]
    return data


def _without_unread(columns: Mapping[str, Any], split_by: str) -> dict[str, Any]:
    """The columns without times that no split reads."""
    if split_by == "random" or "split" in columns:
        return {ours: theirs for ours, theirs in columns.items() if ours != "time"}
    if split_by in SPLITS_BY and "time" not in columns:
        raise ValueError(
            f"'split_by' is {split_by!r}, but no column looks like the time; name yours, in Python with "
            "columns={'time': 'COLUMN'}, for the command with --column time=COLUMN"
        )
    return dict(columns)


def _split(
    table: pd.DataFrame, columns: Mapping[str, Any], ratio: Sequence[float], seed: int, split_by: str
) -> HeteroData:
    """The data object; errors name the columns as the user knows them."""
    named = {ours: theirs for ours, theirs in columns.items() if ours in ("user", "item", "split", "time")}
    pairs = pd.DataFrame({theirs: table[ours] for ours, theirs in named.items()})
    return from_dataframe(pairs, **named, ratio=ratio, seed=seed, split_by=split_by)


def _nothing_left(rows: Rows, min_rating: float | None, highest: float | None) -> str:
    """Why no row is left."""
    if not rows.total:
        return "the table has no rows; give one with interactions"
    column = rows.columns["rating"]
    if highest is None:
        return f"no row has a rating (column '{column}'); take all rows, {TAKE_ALL}"
    return (
        f"no rating in column '{column}' reaches 'min_rating', {min_rating} (the highest is {highest:g}); lower it, or "
        f"take all rows, {TAKE_ALL}"
    )


def _item_columns(frame: pd.DataFrame, table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The columns that describe items of the rows of ``table``, with the item of every row as the index."""
    if isinstance(names, str):
        raise ValueError(f"'item_columns' must be a list of columns (got {names!r}); give [{names!r}]")
    for name in names:
        if name not in frame:
            raise ValueError(f"'item_columns' names {name!r}, but the table has {listed(frame.columns)}")
        if name in _OWN:
            raise ValueError(f"'item_columns' names {name!r}, which items have for other purposes; rename the column")
    return frame[[*names]].iloc[table.index].set_index(pd.Index(table["item"], name=None))


def _constant(about: pd.DataFrame, column: str) -> dict[Any, Any]:
    """The value of a column for each item that has one."""
    found: dict[Any, Any] = {}
    known = about[column].dropna()
    known = known[known.ne("")]  # so are empty cells of a text file
    for item, value in zip(known.index.tolist(), known.tolist(), strict=True):
        if found.setdefault(item, value) != value:
            raise ValueError(
                f"column {column!r} holds {found[item]!r} and {value!r} for item {item!r}; 'item_columns' need one "
                "value per item"
            )
    return found


def _about(table: pd.DataFrame, column: str) -> pd.Series:
    """The first entry of a column for each item that is not empty."""
    values = words(table[column])
    known = values != ""
    return values[known].groupby(table["item"][known]).first()
