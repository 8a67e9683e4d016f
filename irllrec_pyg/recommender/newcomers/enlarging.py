"""Data objects in which newcomers have joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from ...data import mean_of_items, plain_ids
from ...ranking import Ranker
from ..updating.enlarge import enlarge
from ..updating.new_interactions import NewInteractions


class Enlarged(NamedTuple):
    """A ranker and its data after users or items have joined. ``Engine(*enlarged)`` makes an engine of both.

    Args:
        ranker (Ranker): The ranker.
        data (HeteroData): The data object. Known users and items keep their numbers, and new ones follow.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> enlarged = Enlarged(EASE.from_data(tiny_data()), tiny_data())
        >>> enlarged.ranker
        EASE(24, 20)
    """

    ranker: Ranker
    data: HeteroData


def check_new_ids(data: HeteroData, side: str, ids: Sequence[Any] | None, count: int) -> list[Any]:
    """Ids of the nodes that join, which must be new.

    Args:
        data: The data object.
        side: ``"user"`` or ``"item"``.
        ids: Original ids; without any, the nodes are numbered after the known ones.
        count: Number of nodes that join.

    Raises:
        ValueError: Their number is wrong, an id is missing, known already, or occurs twice.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> check_new_ids(tiny_data(), "user", ["user 3"], 1)
        Traceback (most recent call last):
        ValueError: 'ids' holds 'user 3', which is known already; give ids of new users
    """
    known, size = data[side].get("original_id"), data[side].num_nodes
    if ids is None:
        if known is not None:
            raise ValueError(f"'ids' is missing; give one id for each of the {count} new {side}s")
        return [*range(size, size + count)]
    if isinstance(ids, str | bytes) or len(ids) != count:
        raise ValueError(f"'ids' must be a list of {count} ids, one for each new {side} (got {ids!r})")
    listed, seen = plain_ids(ids), set(range(size) if known is None else known)
    for value in listed:
        if value in seen:
            twice = listed.count(value) > 1
            problem = "twice" if twice else "which is known already"
            raise ValueError(f"'ids' holds {value!r}, {problem}; give ids of new {side}s".replace(", twice", " twice"))
        seen.add(value)
    if known is None and listed != [*range(size, size + count)]:
        raise ValueError(f"'ids' must be {size}, {size + 1}, ... (got {listed}), because {side}s have no original ids")
    return listed


def add_nodes(
    data: HeteroData,
    side: str,
    ids: list[Any],
    pairs: Tensor,
    features: Mapping[str, Tensor],
    texts: Sequence[str] = (),
    titles: Sequence[str] = (),
) -> HeteroData:
    """Copy of a data object in which users or items have joined, with their interactions, features, texts and titles.

    New users without texts get the mean over their items, if that is what known users have.

    Args:
        data: The data object; it is left as it is.
        side: ``"user"`` or ``"item"``.
        ids: Ids of the nodes that join.
        pairs: Their interactions, ``[2, E]``.
        features: Features of the nodes by name; a row of zeros where there is no text.
        texts: Their texts. (default: none)
        titles: Titles of items that join. (default: their ids)

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> pairs = torch.tensor([[24], [3]])
        >>> data = add_nodes(tiny_data(), "user", ["ann"], pairs, {"intent": torch.ones(1, 12)})
        >>> data["user"].original_id[24], data["user"].intent[24, 0]
        ('ann', tensor(1.))
    """
    new = NewInteractions(pairs, users=ids if side == "user" else [], items=ids if side == "item" else [])
    if side == "item":
        new.title, new.text = list(titles) or [str(value) for value in ids], list(texts)
    result, size = enlarge(data, new), data[side].num_nodes
    for name, rows in features.items():
        if name in result[side]:
            missing = ~rows.ne(0).any(dim=1)
            if side == "user" and "text" not in data["user"] and missing.any():
                rows = torch.where(missing.unsqueeze(1), mean_of_items(result, result["item"][name])[size:], rows)
            result[side][name] = torch.cat([result[side][name][:size], rows.to(result[side][name])])
    if side == "user" and texts and "text" in result["user"]:
        result["user"].text = [*data["user"].text, *texts]
    return result
