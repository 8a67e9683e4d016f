"""Anyone's own interactions."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import torch
from torch_geometric.data import HeteroData

from ..data import make_data, split_per_user

SPLITS = ("train", "val", "test")


def from_dataframe(
    frame: pd.DataFrame,
    user: str = "user",
    item: str = "item",
    split: str | None = None,
    ratio: Sequence[float] = (8, 1, 1),
    seed: int = 0,
) -> HeteroData:
    """Builds the package's data object from a table with one interaction a row.

    Users and items are numbered in the order of their sorted ids; the ids themselves are kept as
    ``data["user"].original_id`` and ``data["item"].original_id``. Repeated interactions count once.

    Args:
        frame: The table.
        user: Column of user ids, of any type that pandas can sort. (default: ``"user"``)
        item: Column of item ids. (default: ``"item"``)
        split: Column that says ``"train"``, ``"val"`` or ``"test"``. (default: a random split within each user)
        ratio: Of the random split, see :func:`~irllrec_pyg.datasets.split_per_user`. (default: ``(8, 1, 1)``)
        seed: Of the random split. (default: ``0``)

    Raises:
        ValueError: A column is missing, holds missing values, or ``split`` holds another word; or as
            :func:`~irllrec_pyg.datasets.make_data`.
    """
    columns = [column for column in (user, item, split) if column is not None]
    for column in columns:
        if column not in frame:
            raise ValueError(f"there is no column {column!r}; the table has {list(frame.columns)}")
        if frame[column].isna().any():
            raise ValueError(f"column {column!r} has {int(frame[column].isna().sum())} missing values; drop those rows")
    frame = frame[columns].drop_duplicates([user, item])
    users, items = (pd.Categorical(frame[column]) for column in (user, item))
    pairs = torch.stack([torch.tensor(side.codes.astype("int64")) for side in (users, items)])
    if split is None:
        parts = split_per_user(pairs[0], ratio, seed)
    else:
        unknown = set(frame[split]) - set(SPLITS)
        if unknown:
            raise ValueError(f"column {split!r} holds {sorted(map(str, unknown))}; use {', '.join(SPLITS)}")
        parts = [torch.tensor((frame[split] == name).tolist()).nonzero().flatten() for name in SPLITS]
    train, val, test = (pairs[:, part] for part in parts)
    user_id, item_id = users.categories.tolist(), items.categories.tolist()
    return make_data(train, val, test, len(user_id), len(item_id), user_id, item_id)
