"""Anyone's own table of interactions, with the texts that it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from torch_geometric.data import HeteroData

from .frame import from_dataframe
from .texts import is_training

#: Names under which columns are known, in lower case, the preferred one first.
COLUMNS: dict[str, tuple[str, ...]] = {
    "user": ("user", "user_id", "userid", "reviewerid", "reviewer", "customer_id", "customer"),
    "item": ("item", "item_id", "itemid", "parent_asin", "asin", "business_id", "product_id", "product", "movieid"),
    "rating": ("rating", "stars", "overall", "score"),
    "title": ("title", "item_title", "name", "product_title"),
    "description": ("description", "item_description"),
    "text": ("text", "review", "review_text", "reviewtext"),
    "split": ("split",),
}

#: Attributes that ``data["item"]`` has for other purposes.
_OWN = ("num_nodes", "original_id", "title", "text", "intent", "profile", "words")


def interactions_from_table(
    frame: pd.DataFrame,
    columns: Mapping[str, str] | None = None,
    min_rating: float | None = 3.0,
    ratio: Sequence[float] = (8, 1, 1),
    seed: int = 0,
    item_columns: Sequence[str] = (),
) -> HeteroData:
    """Builds the package's data object from a table with one interaction or review per row, with texts of items.

    The text of an item is its title, its description, and the reviews of its training interactions: a held-out review
    would leak the test interactions to the model. Users have no text of their own.

    Args:
        frame: The table, with ``user`` and ``item`` and, where there are any, ``rating``, ``title`` and ``description``
            of the item, ``text`` of the review, and ``split``. Usual names such as ``user_id`` and ``asin`` are
            recognised, in upper or lower case.
        columns: Names of the columns in the table, ours to theirs, such as ``{"user": "member"}``. (default: they are
            recognised)
        min_rating: Lowest rating that counts as an interaction, if there are ratings; :obj:`None` takes all.
            (default: ``3.0``)
        ratio: Sizes of training, validation and test split, where the table has no ``split``. (default: ``(8, 1, 1)``)
        seed: Seed of the split. (default: ``0``)
        item_columns: Further columns that describe the item, such as ``("category", "brand", "price")``. Each becomes
            a list ``data["item"][column]`` with one value per item, :obj:`None` where all rows of the item are empty.
            Recommendations can be limited by them, see :func:`~irllrec_pyg.recommender.recommend`. (default: none)

    Raises:
        ValueError: A column is missing, a column of ``item_columns`` holds two values for one item, ratings are no
            numbers or all too low, or as :func:`~irllrec_pyg.corpus.from_dataframe`.

    Examples:
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"user_id": ["a"] * 10 + ["b"] * 10, "asin": [*range(10), *range(5, 15)]})
        >>> interactions_from_table(frame.assign(title="a film"))["item"].text[0]
        'a film'
    """
    table = recognize_columns(frame, columns or {})
    about = _item_columns(frame, table, item_columns)
    if "rating" in table and min_rating is not None:
        rating = pd.to_numeric(table["rating"], errors="coerce")
        if rating.isna().any():
            row = int(rating.isna().to_numpy().nonzero()[0][0])
            raise ValueError(
                f"column 'rating' holds {table['rating'].iloc[row]!r} in row {row}, which is no number; drop such "
                "rows, or pass min_rating=None"
            )
        if not (rating >= min_rating).any():
            raise ValueError(f"no rating reaches 'min_rating', {min_rating} (the highest is {rating.max()}); lower it")
        table = table[rating >= min_rating]
    data = from_dataframe(table, split="split" if "split" in table else None, ratio=ratio, seed=seed)
    items = data["item"].original_id
    parts = [_about(table, name).reindex(items).fillna("") for name in ("title", "description") if name in table]
    if "title" in table:
        data["item"].title = [title or str(item) for title, item in zip(parts[0], items, strict=True)]
    if "text" in table:
        training = table[is_training(table, data) & table["text"].notna()]
        parts.append(training["text"].astype(str).groupby(training["item"]).agg(" ".join).reindex(items).fillna(""))
    if parts:
        rows = zip(*parts, strict=True)
        data["item"].text = [". ".join(part.strip() for part in row if part.strip()) for row in rows]
    for column in item_columns:
        values = _constant(about, column)
        data["item"][column] = [values.get(item) for item in items]
    return data


def _item_columns(frame: pd.DataFrame, table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The columns that describe items, with the item of every row as its index."""
    if isinstance(names, str):
        raise ValueError(f"'item_columns' must be a list of columns (got {names!r}); give [{names!r}]")
    for name in names:
        if name not in frame:
            raise ValueError(f"'item_columns' names {name!r}, but the table has {list(frame.columns)}")
        if name in _OWN:
            raise ValueError(f"'item_columns' names {name!r}, which items have for other purposes; rename the column")
    return frame[[*names]].set_index(pd.Index(table["item"], name=None))


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
    values = table[column].fillna("").astype(str)
    known = values.str.strip() != ""
    return values[known].groupby(table["item"][known]).first()


def recognize_columns(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """The known columns of a table, under our names.

    Args:
        frame: The table.
        columns: Names of the columns in the table, ours to theirs; others are recognised by usual names.

    Raises:
        ValueError: A column is missing, or ``columns`` names an unknown one.

    Examples:
        >>> list(recognize_columns(pd.DataFrame({"UserID": ["a"], "asin": ["x"], "note": [""]}), {}))
        ['user', 'item']
    """
    if unknown := set(columns) - {*COLUMNS}:
        raise ValueError(f"'columns' names {sorted(unknown)}; it can name {', '.join(COLUMNS)}")
    if missing := [theirs for theirs in columns.values() if theirs not in frame]:
        raise ValueError(f"there is no column {missing[0]!r}; the table has {list(frame.columns)}")
    found = dict(columns)
    lower = {str(name).lower(): name for name in reversed(frame.columns)}
    for ours, names in COLUMNS.items():
        known = next((lower[name] for name in names if name in lower), None)
        if ours not in found and known is not None:
            found[ours] = known
    for ours in ("user", "item"):
        if ours not in found:
            raise ValueError(
                f"no column looks like the {ours}; the table has {list(frame.columns)}; name it in 'columns'"
            )
    return pd.DataFrame({ours: frame[theirs] for ours, theirs in found.items()})
