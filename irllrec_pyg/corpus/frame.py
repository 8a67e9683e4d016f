"""Anyone's own interactions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from ..data import make_data, pair_keys, split_per_user

SPLITS = ("train", "val", "test")


def from_dataframe(
    frame: pd.DataFrame,
    user: str = "user",
    item: str = "item",
    split: str | None = None,
    ratio: Sequence[float] = (8, 1, 1),
    seed: int = 0,
) -> HeteroData:
    """Builds the package's data object from a table with one interaction per row.

    Users and items are numbered in the order of their sorted ids. The ids are kept as ``data["user"].original_id`` and
    ``data["item"].original_id``. Repeated interactions count once. The order of the rows does not change
    the split.

    Args:
        frame: The table.
        user: Column of user ids, of any type that can be sorted. (default: ``"user"``)
        item: Column of item ids. (default: ``"item"``)
        split: Column that holds ``"train"``, ``"val"`` or ``"test"``. (default: a random split within each user)
        ratio: Sizes of training, validation and test split, see :func:`~irllrec_pyg.data.split_per_user`.
            (default: ``(8, 1, 1)``)
        seed: Seed of the random split. (default: ``0``)

    Raises:
        ValueError: A column is missing, or holds missing values or ids that cannot be sorted; ``split`` holds another
            word, or puts an interaction into two splits; ``ratio`` does not have three values; the table is too small
            for the splits; or as :func:`~irllrec_pyg.data.make_data`.

    Examples:
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"who": ["a"] * 10 + ["b"] * 10, "what": [*range(10), *range(5, 15)]})
        >>> data = from_dataframe(frame, user="who", item="what", ratio=(6, 2, 2))
        >>> data["user"].original_id, data["item"].num_nodes
        (['a', 'b'], 15)
    """
    columns = [column for column in (user, item, split) if column is not None]
    for column in columns:
        if column not in frame:
            raise ValueError(f"there is no column {column!r}; the table has {list(frame.columns)}")
        if frame[column].isna().any():
            raise ValueError(f"column {column!r} has {int(frame[column].isna().sum())} missing values; drop those rows")
    if split is None and len(ratio) != len(SPLITS):
        raise ValueError(f"'ratio' must have three values, for training, validation and test (got {tuple(ratio)})")
    frame = frame[columns].drop_duplicates()
    repeated = frame[frame.duplicated([user, item])]
    if not repeated.empty:
        pair = tuple(repeated.iloc[0][[user, item]])
        raise ValueError(
            f"column {split!r} puts {len(repeated)} interactions into more than one split, {pair} first; keep each in "
            "one split"
        )
    codes, ids = zip(*(_numbered(frame, column) for column in (user, item)), strict=True)
    pairs = torch.stack(codes)
    if split is None:
        order = pair_keys(pairs, len(ids[1])).argsort()  # the same rows in another order are split alike
        parts = [order[part] for part in split_per_user(pairs[0, order], ratio, seed)]
    else:
        unknown = set(frame[split]) - set(SPLITS)
        if unknown:
            raise ValueError(f"column {split!r} holds {sorted(map(str, unknown))}; use {', '.join(SPLITS)}")
        parts = [torch.tensor((frame[split] == name).tolist()).nonzero().flatten() for name in SPLITS]
    _check_splits(parts, pairs, ratio, split)
    train, val, test = (pairs[:, part] for part in parts)
    return make_data(train, val, test, len(ids[0]), len(ids[1]), *ids)


def _check_splits(parts: Sequence[Tensor], pairs: Tensor, ratio: Sequence[float], split: str | None) -> None:
    """Raises an error where a split is empty, which says what the table lacks."""
    empty = [name for name, part in zip(SPLITS, parts, strict=True) if not part.numel()]
    if not empty:
        return
    if not pairs.size(1):
        raise ValueError("the table holds no interactions")
    if split is not None:
        raise ValueError(f"column {split!r} has no row with {empty[0]!r}; it must have rows of {', '.join(SPLITS)}")
    if 0 in ratio:
        raise ValueError(f"'ratio' leaves a split empty (got {tuple(ratio)}); every share must be above zero")
    needed = math.ceil(sum(ratio) / min(ratio))  # a user with as many is in each split
    raise ValueError(
        f"the table is too small for the splits: {pairs.size(1)} interactions of {pairs[0].unique().numel()} users "
        f"leave the {empty[0]} split empty; give at least one user with {needed} different items, and some hundred "
        "interactions to measure anything, or a column 'split'"
    )


def _numbered(frame: pd.DataFrame, column: str) -> tuple[Tensor, list[Any]]:
    """Number of each value among the sorted ids, and these ids. Categories that no row has get no number."""
    values = pd.Categorical(frame[column]).remove_unused_categories()
    ids = values.categories.tolist()
    try:  # a column of categories has an order of its own, and mixed types have that of the rows
        order = sorted(range(len(ids)), key=ids.__getitem__)
    except TypeError as error:
        raise ValueError(f"ids of column {column!r} cannot be sorted ({error}); use ids of one type") from error
    number = torch.empty(len(ids), dtype=torch.long)
    number[order] = torch.arange(len(ids))
    return number[torch.tensor(values.codes.astype("int64"))], [ids[position] for position in order]
