"""Anyone's own interactions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from .._checks import check_choice
from ..data import INTERACTS, SEEN, SPLITS_BY, make_data, pair_keys, split_pairs
from .clean import shown
from .columns import listed
from .times import to_seconds

SPLITS = ("train", "val", "test")


def from_dataframe(
    frame: pd.DataFrame,
    user: str = "user",
    item: str = "item",
    split: str | None = None,
    ratio: Sequence[float] = (8, 1, 1),
    seed: int = 0,
    split_by: str = "random",
    time: str | None = None,
) -> HeteroData:
    """Builds the package's data object from a table with one interaction per row.

    Users and items are numbered in the order of their sorted ids. The ids are kept as ``data["user"].original_id`` and
    ``data["item"].original_id``. Repeated interactions count once, at the first time. The order of the rows does not
    change the split.

    Args:
        frame: The table.
        user: Column of user ids, of any type that can be sorted. (default: ``"user"``)
        item: Column of item ids. (default: ``"item"``)
        split: Column that holds ``"train"``, ``"val"`` or ``"test"``. (default: the table is split)
        ratio: Sizes of training, validation and test split. (default: ``(8, 1, 1)``)
        seed: Seed of the random split. (default: ``0``)
        split_by: How the table is split: ``"random"`` within each user, see
            :func:`~irllrec_pyg.data.split_per_user`; ``"last"`` holds out the last two interactions of each user, see
            :func:`~irllrec_pyg.data.leave_last_out`; ``"time"`` holds out what comes after a point in time, see
            :func:`~irllrec_pyg.data.split_by_time`. With ``"time"``, held-out interactions of users or items without
            training interactions are no labels, because nothing is known of them: they are kept in ``seen_index``.
            (default: ``"random"``)
        time: Column of times, which ``"last"`` and ``"time"`` need: numbers, or dates. (default: :obj:`None`)

    Raises:
        ValueError: A column is missing, or holds missing values or ids that cannot be sorted; ``split`` holds another
            word, or puts an interaction into two splits; ``ratio`` does not have three values; ``split_by`` is unknown
            or lacks ``time``; the table is too small for the splits; or as :func:`~irllrec_pyg.data.make_data`.

    Examples:
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"who": ["a"] * 10 + ["b"] * 10, "what": [*range(10), *range(5, 15)]})
        >>> data = from_dataframe(frame, user="who", item="what", ratio=(6, 2, 2))
        >>> data["user"].original_id, data["item"].num_nodes
        (['a', 'b'], 15)
        >>> data = from_dataframe(frame.assign(day=range(20)), "who", "what", split_by="last", time="day")
        >>> data[INTERACTS].test_label_index.tolist()
        [[0, 1], [9, 14]]
    """
    check_choice("split_by", split_by, SPLITS_BY)
    if split is not None or split_by == "random":
        time = None
    elif time is None:
        raise ValueError(f"'split_by' is {split_by!r}, which needs 'time'; name the column that holds times")
    columns = [column for column in (user, item, split, time) if column is not None]
    for column in columns:
        if column not in frame:
            raise ValueError(f"there is no column {column!r}, name another; the table has {listed(frame.columns)}")
        if isinstance(frame[column], pd.DataFrame):
            raise ValueError(f"the table has several columns {column!r}; rename all but one")
        if frame[column].isna().any():
            raise ValueError(f"column {column!r} has {int(frame[column].isna().sum())} missing values; drop those rows")
    if split is None and len(ratio) != len(SPLITS):
        raise ValueError(f"'ratio' must have three values, for training, validation and test (got {tuple(ratio)})")
    frame = frame[columns]
    frame = _unique(frame, columns) if time is None else _unique(_timed(frame, time), [user, item])
    repeated = frame[frame.duplicated([user, item])]
    if not repeated.empty:
        pair = tuple(repeated.iloc[0][[user, item]])
        raise ValueError(
            f"column {split!r} puts {len(repeated)} interactions into more than one split, {pair} first; keep each in "
            "one split"
        )
    codes, ids = zip(*(_numbered(frame, column) for column in (user, item)), strict=True)
    pairs, unknown = torch.stack(codes), torch.empty(0, dtype=torch.long)
    if split is None:
        order = pair_keys(pairs, len(ids[1])).argsort()  # the same rows in another order are split alike
        moment = None if time is None else torch.from_numpy(frame[time].to_numpy(copy=True))[order]
        parts, unknown = split_pairs(pairs[:, order], split_by, ratio, seed, moment)
        parts, unknown = [order[part] for part in parts], order[unknown]
    else:
        words = set(map(str, frame[split])) - set(SPLITS)
        if words:
            raise ValueError(f"column {split!r} holds {listed(sorted(map(str, words)))}; use {', '.join(SPLITS)}")
        parts = [torch.tensor((frame[split] == name).tolist()).nonzero().flatten() for name in SPLITS]
    check_splits(parts, pairs, ratio, split, split_by)
    train, val, test = (pairs[:, part] for part in parts)
    data = make_data(train, val, test, len(ids[0]), len(ids[1]), *ids)
    if unknown.numel():
        data[INTERACTS][SEEN] = pairs[:, unknown]
    return data


def _unique(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The rows without later ones that are the same in some columns."""
    try:
        return frame.drop_duplicates(columns)
    except TypeError as error:
        raise ValueError(
            f"columns {listed(columns)} hold values that are no ids ({error}); use texts or numbers"
        ) from error


def _timed(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """The rows in the order of their times, which become numbers."""
    seconds = to_seconds(frame[column])
    if seconds.isna().any():
        wrong = frame[column][seconds.isna()]
        raise ValueError(
            f"column {column!r} holds {shown(wrong.iloc[0])}, which is no time ({len(wrong)} such rows); write numbers "
            "or dates such as 2024-05-31"
        )
    frame = frame.copy()
    frame[column] = seconds
    return frame.sort_values(column, kind="stable")


def check_splits(
    parts: Sequence[Tensor], pairs: Tensor, ratio: Sequence[float], split: str | None, split_by: str
) -> None:
    """Checks that no split is empty.

    Args:
        parts: Positions of the interactions of each split.
        pairs: The interactions, ``[2, E]``.
        ratio: Sizes of the splits.
        split: Column that named the splits, if there was one.
        split_by: How they were split otherwise.

    Raises:
        ValueError: A split is empty. The message says what the table lacks.
    """
    empty = [name for name, part in zip(SPLITS, parts, strict=True) if not part.numel()]
    if not empty:
        return
    if not pairs.size(1):
        raise ValueError("the table holds no interactions; give one with rows")
    if split is not None:
        raise ValueError(f"column {split!r} has no row with {empty[0]!r}; it must have rows of {', '.join(SPLITS)}")
    if split_by == "last":
        raise ValueError(
            f"no user has three interactions, so that 'split_by' {split_by!r} leaves the {empty[0]} split empty; use "
            "'random', or give more interactions"
        )
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
    try:
        values = pd.Categorical(frame[column]).remove_unused_categories()
    except TypeError as error:
        raise ValueError(f"column {column!r} holds values that are no ids ({error}); use texts or numbers") from error
    ids = values.categories.tolist()
    try:  # a column of categories has an order of its own, and mixed types have that of the rows
        order = sorted(range(len(ids)), key=ids.__getitem__)
    except TypeError as error:
        raise ValueError(f"ids of column {column!r} cannot be sorted ({error}); use ids of one type") from error
    number = torch.empty(len(ids), dtype=torch.long)
    number[order] = torch.arange(len(ids))
    return number[torch.tensor(values.codes.astype("int64"))], [ids[position] for position in order]
