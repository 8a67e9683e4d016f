"""Rows of a table that count as interactions."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch_geometric.utils import coalesce

from .clean import shown
from .values import prose

#: How all ratings are taken, for error messages.
TAKE_ALL = "in Python with min_rating=None, which load_data and update take, for the command with --min-rating none"

_EXACT = 2**53  # whole numbers below it are the same as floats


@dataclass
class Rows:
    """Rows of a table that have a user and an item, under our names.

    Args:
        table: The rows. The index is their position in the table, from zero.
        columns: Names of the columns in the table, ours to theirs.
        total: Number of rows of the table.
        left_out: How many rows are left out, by what is wrong with them. (default: none)

    Examples:
        >>> frame = pd.DataFrame({"who": ["ann", None, "bob"], "what": [7, 7, None]})
        >>> rows = Rows.from_frame(frame, {"user": "who", "item": "what"})
        >>> rows.table.values.tolist(), str(rows)
        ([['ann', 7]], '3 rows: 2 without a user or an item')
    """

    table: pd.DataFrame
    columns: dict[str, Any]
    total: int
    left_out: dict[str, int] = field(default_factory=dict)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, columns: Mapping[str, Any]) -> Rows:
        """Leaves out rows without a user or an item. Ids that are whole numbers become integers, also where pandas
        turned them into floats because others are missing.

        Args:
            frame: The table.
            columns: Names of its columns, ours to theirs.

        Raises:
            ValueError: No row has a user and an item.
        """
        table = pd.DataFrame({ours: frame[theirs] for ours, theirs in columns.items()}).reset_index(drop=True)
        known = is_given(table["user"]) & is_given(table["item"]) & _is_id(table["user"]) & _is_id(table["item"])
        if len(table) and not known.any():
            raise ValueError(
                f"no row has both a user (column '{columns['user']}') and an item (column '{columns['item']}'); see "
                "whether these are the right columns"
            )
        rows = cls(table, dict(columns), len(table))
        rows.keep(known, "without a user or an item")
        rows.table = rows.table.assign(**{side: _whole(rows.table[side]) for side in ("user", "item")})
        return rows

    def keep(self, mask: pd.Series, reason: str) -> None:
        """Leaves out the other rows.

        Args:
            mask: Which rows stay.
            reason: What is wrong with the others.
        """
        if not mask.all():
            self.left_out[reason] = int((~mask).sum())
            self.table = self.table[mask]

    def keep_rated(self, min_rating: float | None) -> float | None:
        """Leaves out rows whose rating is missing or too low, if there are ratings.

        Args:
            min_rating: Lowest rating that counts as an interaction; :obj:`None` takes all, and reads no rating.

        Returns:
            The highest rating; :obj:`None` if there is none, or none is read.

        Raises:
            ValueError: A rating is no number.
        """
        if "rating" not in self.table or min_rating is None:
            return None
        self.keep(is_given(self.table["rating"]), "without a rating")
        written = self.table["rating"]
        rating = pd.to_numeric(written, errors="coerce")
        if rating.isna().any():  # Excel writes 4,5 in much of Europe
            rating = pd.to_numeric(written.astype(str).str.strip().str.replace(",", "."), errors="coerce")
        if wrong := int(rating.isna().sum()):
            row = rating.index[rating.isna()][0]
            value = shown(written[row])
            raise ValueError(
                f"column '{self.columns['rating']}' holds {value} in row {row + 1} below the header, which is "
                f"no number ({wrong} such row{'s' if wrong > 1 else ''}); correct them, or take all rows whatever "
                f"their rating, {TAKE_ALL}"
            )
        highest = float(rating.max()) if len(rating) else None
        self.keep(rating >= min_rating, f"with a rating below {min_rating}")
        return highest

    def __str__(self) -> str:
        left_out = ", ".join(f"{number} {reason}" for reason, number in self.left_out.items())
        return f"{self.total} rows: {left_out or 'none left out'}"


def known_pairs(table: pd.DataFrame, users: Sequence[Any], items: Sequence[Any]) -> Tensor:
    """Node ids of the rows whose user and item are known, ``[2, E]``; a pair that occurs twice counts once.

    Args:
        table: Rows with the columns ``user`` and ``item``.
        users: Original ids of users, in the order of their numbers.
        items: Original ids of items, in the order of their numbers.

    Examples:
        >>> table = pd.DataFrame({"user": ["bob", "zoe", "bob"], "item": ["a", "a", "b"]})
        >>> known_pairs(table, ["ann", "bob"], ["a", "b"])
        tensor([[1, 1],
                [0, 1]])
    """
    nodes = [pd.Index(ids).get_indexer(pd.Index(table[side])) for side, ids in (("user", users), ("item", items))]
    pairs = torch.from_numpy(np.stack(nodes)).long()
    return coalesce(pairs[:, (pairs >= 0).all(dim=0)])


def is_given(values: pd.Series) -> pd.Series:
    """Which entries are neither missing nor blank.

    Args:
        values: The entries.

    Examples:
        >>> is_given(pd.Series(["a", None, " ", 0.0], dtype=object)).tolist()
        [True, False, False, True]
    """
    known = values.notna()
    if not pd.api.types.is_numeric_dtype(values.dtype):
        known &= values.astype(str).str.strip().ne("").fillna(False).astype(bool)
    return known


def words(values: pd.Series) -> pd.Series:
    """Readable texts of a column; empty where an entry is missing.

    Args:
        values: Texts, numbers or lists of them.

    Examples:
        >>> words(pd.Series(["a film ", None, 1984, float("nan")], dtype=object)).tolist()
        ['a film', '', '1984', '']
    """
    known = values.astype(object).where(values.notna(), "")
    return pd.Series([prose(value) for value in known], index=values.index, dtype=object)


def _is_id(values: pd.Series) -> pd.Series:
    """Which entries can be ids: a list, a dictionary, or a text with half characters cannot."""
    if values.dtype != object:
        return pd.Series(True, index=values.index)
    return values.map(_can_be_id).astype(bool)


def _can_be_id(value: Any) -> bool:
    if isinstance(value, str):
        return value.isascii() or value.encode("utf-8", "ignore").decode() == value
    return isinstance(value, Hashable)


def _whole(values: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(values.dtype) and ((values % 1 == 0) & (values.abs() < _EXACT)).all():
        return values.astype("int64")
    return values
