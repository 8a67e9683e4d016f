"""Recommendations in original ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch_geometric.data import HeteroData

from ..data import INTERACTS, find_nodes
from ..ranking import Ranker, top_k
from .check import check_fits

if TYPE_CHECKING:
    import pandas as pd


def recommend(
    ranker: Ranker, data: HeteroData, users: Sequence[Any] | None = None, k: int = 10, exclude_history: bool = True
) -> pd.DataFrame:
    """The best items for some users, as a table in original ids.

    Args:
        ranker: Anything that scores, such as ``run.ranker`` or :class:`~irllrec_pyg.models.EASE`.
        data: The data object that it was trained on.
        users: Original ids of users; node ids where the data has no original ids. (default: all users)
        k: Number of items per user. (default: ``10``)
        exclude_history: Whether items that the user took in training are left out. (default: ``True``)

    Returns:
        One row per recommendation, with the columns ``user``, ``item``, ``rank`` (from 1) and ``score``, and ``title``
        where the data has titles. A user with fewer than ``k`` items left gets fewer rows.

    Raises:
        TypeError: ``ranker`` does not score, such as a model that is no ranker yet.
        ValueError: A user is unknown, ``k`` is out of range, or the ranker has other numbers of users and items.

    Examples:
        >>> from irllrec_pyg.models import Popularity
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> table = recommend(Popularity.from_data(data), data, ["user 3"], k=2)
        >>> table[["user", "rank"]].values.tolist()
        [['user 3', 1], ['user 3', 2]]
    """
    import pandas as pd

    check_fits(ranker, data)
    nodes = torch.arange(data["user"].num_nodes) if users is None else find_nodes(data, "user", users, "users")
    items, scores = top_k(ranker, nodes, k, data[INTERACTS].edge_index if exclude_history else None)
    row, position = (items < ranker.num_items).nonzero(as_tuple=True)
    found = items[row, position].tolist()
    table = {
        "user": _names(data, "user", nodes[row.cpu()].tolist()),
        "item": _names(data, "item", found),
        "rank": (position + 1).tolist(),
        "score": scores[row, position].tolist(),
    }
    if "title" in data["item"]:
        table["title"] = [data["item"].title[item] for item in found]
    return pd.DataFrame(table)


def _names(data: HeteroData, side: str, nodes: list[int]) -> list[Any]:
    original = data[side].get("original_id")
    return nodes if original is None else [original[node] for node in nodes]
