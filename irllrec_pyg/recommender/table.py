"""Recommendations as a table in original ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from ..data import check_ids
from .best_items import BestItems

if TYPE_CHECKING:
    import pandas as pd


def recommendation_table(
    scores: Tensor,
    data: HeteroData,
    names: Sequence[Any],
    taken: Sequence[Sequence[int] | Tensor] | None = None,
    k: int = 10,
    among: Sequence[Any] | Tensor | Mapping[str, Any] | None = None,
    diversity: float = 0.0,
    popularity_discount: float = 0.0,
) -> pd.DataFrame:
    """The best items of rows of scores, as a table in original ids.

    It is what :func:`~irllrec_pyg.recommender.recommend` makes for known users. Choose it for scores that you have
    already, such as those of a history.

    Args:
        scores: Scores of all items, ``[n, N]``; minus infinity where an item is never recommended.
        data: The data object.
        names: What the column ``user`` holds for each row.
        taken: Node ids of the items that are left out for each row. (default: none)
        k: Number of items per row. (default: ``10``)
        among: Items that can be recommended, see :func:`~irllrec_pyg.recommender.recommend`. (default: all items)
        diversity: Weight of the difference between the items of a list. (default: ``0.0``)
        popularity_discount: Weight of a discount for popular items. (default: ``0.0``)

    Returns:
        One row per recommendation, with the columns ``user``, ``item``, ``rank`` (from 1) and ``score``, and ``title``
        where the data has titles. Where fewer than ``k`` items are left, there are fewer rows.

    Raises:
        ValueError: A shape or an id does not fit, a score is NaN or infinity, or an argument is out of range.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> scores = torch.arange(20.0).unsqueeze(0)
        >>> recommendation_table(scores, tiny_data(), ["Ann"], taken=[[19, 18]], k=2).values.tolist()
        [['Ann', 'item 17', 1, 17.0], ['Ann', 'item 16', 2, 16.0]]
    """
    size = data["item"].num_nodes
    if scores.dim() != 2 or scores.size(1) != size:
        raise ValueError(f"'scores' must have one column for each of the {size} items (got {list(scores.shape)})")
    for name, rows in (("names", names), ("taken", names if taken is None else taken)):
        if len(rows) != len(scores):
            raise ValueError(f"'{name}' must have one entry for each of {len(scores)} rows of scores (got {len(rows)})")
    best_items = BestItems(data, k, among, diversity, popularity_discount)
    scores = scores.detach().clone()
    for row, items in enumerate(taken or ()):
        item = torch.as_tensor(items, dtype=torch.long, device=scores.device)
        check_ids(item, size, "item", "taken")
        scores[row, item] = -torch.inf
    return ranked_table(data, names, *best_items(scores))


def ranked_table(
    data: HeteroData,
    names: Sequence[Any],
    nodes: Tensor,
    scores: Tensor,
    columns: tuple[str, str] = ("user", "item"),
    side: str = "item",
) -> pd.DataFrame:
    """A table of lists of nodes, with ``rank``, ``score``, and ``title`` where the data has titles.

    Args:
        data: The data object.
        names: What the first column holds for each list.
        nodes: Nodes ``[n, k]``, best first; the number of nodes where there are no more.
        scores: Scores of the nodes, ``[n, k]``.
        columns: Names of the first two columns. (default: ``("user", "item")``)
        side: Side of the nodes. (default: ``"item"``)

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> table = ranked_table(tiny_data(), ["Ann"], torch.tensor([[3, 20]]), torch.tensor([[0.5, -torch.inf]]))
        >>> table.values.tolist()
        [['Ann', 'item 3', 1, 0.5]]
    """
    import pandas as pd

    row, position = (nodes < data[side].num_nodes).nonzero(as_tuple=True)
    found = nodes[row, position].tolist()
    table: dict[str, list[Any]] = {
        columns[0]: [names[number] for number in row.tolist()],
        columns[1]: node_names(data, side, found),
        "rank": (position + 1).tolist(),
        "score": scores[row, position].tolist(),
    }
    if side == "item" and "title" in data["item"]:
        table["title"] = [data["item"].title[item] for item in found]
    return pd.DataFrame(table)


def node_names(data: HeteroData, side: str, nodes: list[int]) -> list[Any]:
    """Original ids of some nodes; the nodes themselves where the data has no original ids.

    Args:
        data: The data object.
        side: ``"user"`` or ``"item"``.
        nodes: Numbers of the nodes.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> node_names(tiny_data(), "user", [3])
        ['user 3']
    """
    original = data[side].get("original_id")
    return nodes if original is None else [original[node] for node in nodes]
