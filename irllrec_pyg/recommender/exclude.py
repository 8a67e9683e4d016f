"""The items that are not recommended to a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from .._checks import check_choice
from ..data import INTERACTS, SPLIT_NAMES, find_nodes

#: ``"history"``, ``"all"``, item ids, or item ids of each user.
Exclude = str | Sequence[Any] | Tensor | Mapping[Any, Sequence[Any]]


def excluded_items(data: HeteroData, exclude: Exclude | None) -> tuple[Tensor | None, Tensor | None]:
    """Finds the items that are left out.

    Args:
        data: The data object.
        exclude: ``"history"`` for the training interactions; ``"all"`` for the interactions of all splits; a list of
            item ids, which are left out for every user; a mapping from user ids to lists of item ids; or :obj:`None`.

    Returns:
        (user, item) pairs ``[2, E]``, and items that are left out for every user, ``[n]``; :obj:`None` where there are
        none.

    Raises:
        ValueError: An id or a name is unknown.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> excluded_items(tiny_data(), {"user 3": ["item 1", "item 0"]})
        (tensor([[3, 3],
                [1, 0]]), None)
    """
    if exclude is None:
        return None, None
    if isinstance(exclude, str):
        check_choice("exclude", exclude, ("history", "all"))
        names = ["edge_index"] if exclude == "history" else [*SPLIT_NAMES.values()]
        return torch.cat([data[INTERACTS][name] for name in names if name in data[INTERACTS]], dim=1), None
    if not isinstance(exclude, Mapping):
        return None, find_nodes(data, "item", cast(Sequence[Any], exclude), "exclude")
    users: list[Any] = []
    items: list[Any] = []
    for user, own in exclude.items():
        if isinstance(own, str | bytes) or not hasattr(own, "__iter__"):
            raise ValueError(f"'exclude' must hold a list of item ids for user {user!r} (got {own!r}); give [{own!r}]")
        listed = own.tolist() if hasattr(own, "tolist") else list(own)
        users += [user] * len(listed)
        items += listed
    return torch.stack([find_nodes(data, "user", users, "exclude"), find_nodes(data, "item", items, "exclude")]), None
