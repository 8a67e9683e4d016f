"""The items that are not recommended to a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from .._checks import check_choice
from .._plain import plain
from ..data import INTERACTS, SEEN, SPLIT_NAMES, find_nodes, plain_ids

#: ``"all"``, ``"history"``, item ids, or item ids of each user.
Exclude = str | Sequence[Any] | Tensor | Mapping[Any, Sequence[Any]]


def excluded_items(data: HeteroData, exclude: Exclude | None) -> tuple[Tensor | None, Tensor | None]:
    """Finds the items that are left out.

    Args:
        data: The data object.
        exclude: ``"all"`` for all that users took; ``"history"`` for the training interactions; a list of
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
        return taken_pairs(data, exclude), None
    if not isinstance(exclude, Mapping):
        return None, find_nodes(data, "item", cast(Sequence[Any], exclude), "exclude")
    users: list[Any] = []
    items: list[Any] = []
    for user, own in exclude.items():
        if isinstance(own, str | bytes) or not hasattr(own, "__iter__"):
            raise ValueError(f"'exclude' must hold a list of item ids for user {user!r} (got {own!r}); give [{own!r}]")
        listed = plain_ids(own)
        users += [user] * len(listed)
        items += listed
    return torch.stack([find_nodes(data, "user", users, "exclude"), find_nodes(data, "item", items, "exclude")]), None


def taken_pairs(data: HeteroData, exclude: str = "all") -> Tensor:
    """What users are known to have taken, as (user, item) pairs ``[2, E]``. Where ``data["user", "interacts", "item"]``
    has a ``seen_index``, pairs that are no interactions, such as those with low ratings, its pairs are among ``"all"``.

    Args:
        data: The data object.
        exclude: ``"all"`` for all splits, ``"history"`` for the training split. (default: ``"all"``)

    Raises:
        ValueError: ``exclude`` is neither.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> taken_pairs(tiny_data()).size(1) > taken_pairs(tiny_data(), "history").size(1)
        True
    """
    check_choice("exclude", exclude, ("all", "history"))
    names = [*SPLIT_NAMES.values(), SEEN] if exclude == "all" else [SPLIT_NAMES["train"]]
    return torch.cat([plain(data[INTERACTS][name]) for name in names if name in data[INTERACTS]], dim=1)
