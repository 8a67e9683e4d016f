"""New interactions as node ids, with the users and items that join."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from ...data import INTERACTS, SPLIT_NAMES, check_ids, check_pairs, pair_keys

if TYPE_CHECKING:
    import pandas as pd

_MOST_NODES = 2**31


@dataclass
class NewInteractions:
    """Interactions that a data object does not hold yet.

    Args:
        pairs: The interactions, ``[2, E]``, each once. Users and items that join are numbered after the known ones.
        users: Original ids of the users that join, or their numbers.
        items: Original ids of the items that join, or their numbers.
        title: Titles of the items that join. (default: none)
        text: Texts of the items that join. (default: none)
        seen: Pairs of known users and items that are no interactions, such as those with low ratings, ``[2, S]``.
            (default: none)

    Examples:
        >>> NewInteractions(torch.tensor([[0], [20]]), users=[], items=["item 20"]).items
        ['item 20']
    """

    pairs: Tensor
    users: list[Any]
    items: list[Any]
    title: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    seen: Tensor = field(default_factory=lambda: torch.empty(2, 0, dtype=torch.long))

    def __len__(self) -> int:
        return self.pairs.size(1)


def read_interactions(
    data: HeteroData,
    interactions: pd.DataFrame | Tensor,
    columns: Mapping[str, str] | None = None,
    min_rating: float | None = 3.0,
) -> NewInteractions:
    """Finds what is new in a table or a tensor of interactions. A pair of any split is known, and left out. So are rows
    without a user or an item. Rows with a low rating or none are no interactions, but they have been seen.

    Args:
        data: The data object.
        interactions: A table in original ids, or node ids ``[2, E]``.
        columns: Names of the columns in the table, ours to theirs. (default: usual names are recognised)
        min_rating: Lowest rating that counts as an interaction, if there are ratings. (default: ``3.0``)

    Raises:
        TypeError: ``interactions`` is neither a table nor a tensor.
        ValueError: A column is missing, a rating is no number, ids have another type than the known ones, or node ids
            leave numbers out.

    Examples:
        >>> import pandas as pd
        >>> from irllrec_pyg.testing import tiny_data
        >>> table = pd.DataFrame({"user": ["user 0", "ann", "ann"], "item": ["item 12", "item 3", "a new one"]})
        >>> found = read_interactions(tiny_data(), table)
        >>> found.users, found.items, found.pairs.tolist()
        (['ann'], ['a new one'], [[0, 24, 24], [12, 3, 20]])
    """
    if isinstance(interactions, Tensor):
        pairs = check_pairs(interactions.cpu(), _MOST_NODES, _MOST_NODES, "interactions")
        users, items = _numbers(data, "user", pairs[0]), _numbers(data, "item", pairs[1])
        return NewInteractions(_unknown(data, pairs, data["item"].num_nodes + len(items)), users, items)
    if not hasattr(interactions, "columns"):
        raise TypeError(
            f"'interactions' must be a data frame with the columns user and item, or a tensor of node ids [2, E] (got "
            f"{type(interactions).__name__})"
        )
    from ...corpus.columns import find_columns
    from ...corpus.rows import Rows, known_pairs

    rows = Rows.from_frame(interactions, find_columns(interactions, columns))
    everything = rows.table
    rows.keep_rated(min_rating)
    table = rows.table
    user, users = _nodes(data, "user", table["user"].tolist(), rows.columns["user"])
    item, items = _nodes(data, "item", table["item"].tolist(), rows.columns["item"])
    pairs = _unknown(data, torch.stack([user, item]), data["item"].num_nodes + len(items))
    known = [data[side].get("original_id", range(data[side].num_nodes)) for side in ("user", "item")]
    seen = known_pairs(everything.drop(table.index), [*known[0], *users], [*known[1], *items])
    return NewInteractions(pairs, users, items, *_texts(table, items), seen)


def _nodes(data: HeteroData, side: str, ids: Sequence[Any], column: Any) -> tuple[Tensor, list[Any]]:
    """Node of each id, and the ids that are new, in the order in which they appear."""
    if "original_id" not in data[side]:
        if not all(isinstance(value, int) for value in ids):
            raise ValueError(
                f"column '{column}' of 'interactions' must hold node ids, because the {side}s of the data have no "
                "original ids; give integers"
            )
        nodes = torch.tensor(ids, dtype=torch.long)
        return nodes, _numbers(data, side, nodes)
    known = data[side].original_id
    position = {value: node for node, value in enumerate(known)}
    kinds = {_kind(value) for value in known}
    for value in ids:
        if value not in position:
            if _kind(value) not in kinds:
                raise ValueError(
                    f"column '{column}' of 'interactions' holds {value!r} ({type(value).__name__}), but ids of {side}s "
                    f"look like {known[0]!r} ({type(known[0]).__name__}); convert the column"
                )
            position[value] = len(position)
    return torch.tensor([position[value] for value in ids], dtype=torch.long), [*position][len(known) :]


def _kind(value: Any) -> type:
    return type(value.item() if hasattr(value, "item") else value)


def _numbers(data: HeteroData, side: str, nodes: Tensor) -> list[Any]:
    """Numbers of the nodes that are new; they must follow the known ones without gaps."""
    size = data[side].num_nodes
    check_ids(nodes.clamp(max=0), size, side, "interactions")  # no negative numbers
    new: list[int] = nodes[nodes >= size].unique().tolist()
    if new and "original_id" in data[side]:
        raise ValueError(
            f"'interactions' holds the {side} id {new[0]}, but there are {size} {side}s, and new ones need original "
            "ids; give a data frame with the columns user and item"
        )
    if new != [*range(size, size + len(new))]:
        raise ValueError(
            f"'interactions' holds the new {side} ids {new[:5]}, but there are {size} {side}s; number new ones from "
            f"{size} on without gaps"
        )
    return new


def _unknown(data: HeteroData, pairs: Tensor, num_items: int) -> Tensor:
    """Pairs that no split holds, each once, in their order."""
    keys = pair_keys(pairs, num_items)
    known = torch.cat([pair_keys(data[INTERACTS][name].cpu(), num_items) for name in SPLIT_NAMES.values()])
    first: dict[int, int] = {}
    for column in (~torch.isin(keys, known)).nonzero().squeeze(1).tolist():
        first.setdefault(int(keys[column]), column)
    return pairs[:, torch.tensor([*first.values()], dtype=torch.long)]


def _texts(table: pd.DataFrame, items: Sequence[Any]) -> tuple[list[str], list[str]]:
    """Titles and texts of items: title, description and reviews, as far as the table has them."""
    rows = table[table["item"].isin(list(items))]
    parts = {}
    for name in ("title", "description", "text"):
        if name in rows:
            values = rows[name].fillna("").astype(str).str.strip()
            groups = values[values != ""].groupby(rows["item"])
            found = groups.agg(" ".join) if name == "text" else groups.first()
            parts[name] = found.reindex(list(items)).fillna("").tolist()
    title = [text or str(item) for text, item in zip(parts.get("title", [""] * len(items)), items, strict=True)]
    joined = zip(*parts.values(), strict=True)
    return title, [". ".join(part for part in row if part) for row in joined] if parts else [""] * len(items)
