"""Original ids of users and items, and the nodes that they belong to."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable, Sequence
from numbers import Integral
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from .pairs import check_ids

_FEW = 5
_DATES = ("datetime64", "timedelta64")  # types of numpy; as Python's own values they can lose digits


def plain_ids(ids: Iterable[Any]) -> list[Any]:
    """Original ids as a list of Python's own values, where numpy's and torch's have equals.

    Args:
        ids: Original ids, as a list, an array, a column of a table or a tensor.

    Examples:
        >>> import numpy as np
        >>> plain_ids(np.array(["ann", "bob"])), plain_ids(torch.tensor([3, 1]))
        (['ann', 'bob'], [3, 1])
    """
    values = ids.tolist() if isinstance(ids, Tensor) else ids
    return [
        value.item() if hasattr(value, "item") and type(value).__name__ not in _DATES else value for value in values
    ]


def check_original_ids(ids: Sequence[Any] | Tensor, size: int, side: str) -> list[Any]:
    """Returns the original ids of one side as a list.

    Args:
        ids: Original ids, in the order of the nodes.
        size: Number of nodes on the side.
        side: ``"user"`` or ``"item"``, for the error message.

    Raises:
        ValueError: Their number is wrong, or an id occurs twice.

    Examples:
        >>> check_original_ids(["ann", "bob", "ann"], size=3, side="user")
        Traceback (most recent call last):
        ValueError: 'user_id' holds 'ann' twice; ids must differ (names and titles need not: keep them elsewhere)
    """
    listed = plain_ids(ids)
    if len(listed) != size:
        raise ValueError(f"'{side}_id' holds {len(listed)} ids, but there are {size} {side}s; give one for each")
    seen: set[Any] = set()
    for value in listed:
        if value in seen:
            raise ValueError(
                f"'{side}_id' holds {value!r} twice; ids must differ (names and titles need not: keep them elsewhere)"
            )
        seen.add(value)
    return listed


def find_nodes(data: HeteroData, side: str, ids: Sequence[Any], name: str = "ids") -> Tensor:
    """Finds the nodes with the given original ids.

    Args:
        data: The data object. Where it has no original ids, the ids are those of the nodes.
        side: ``"user"`` or ``"item"``.
        ids: Original ids, as a list, an array, a series or a tensor.
        name: Name of the argument, for error messages. (default: ``"ids"``)

    Returns:
        Numbers of the nodes, ``[n]``.

    Raises:
        ValueError: There is no such node; the message names ids that are similar.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> find_nodes(tiny_data(), "user", ["user 3", "user 0"])
        tensor([3, 0])
        >>> find_nodes(tiny_data(), "user", ["user O3"], name="users")
        Traceback (most recent call last):
        ValueError: 'users' holds 'user O3', but there is no such user; did you mean 'user 3', 'user 23' or 'user 13'?
    """
    if isinstance(ids, str | bytes) or not hasattr(ids, "__iter__"):
        raise ValueError(f"'{name}' must be a list of ids (got {ids!r}); for one {side}, give [{ids!r}]")
    wanted = plain_ids(ids)
    if "original_id" not in data[side]:
        if not all(isinstance(value, Integral) for value in wanted):
            raise ValueError(f"'{name}' must hold integers (got {wanted}), because the {side}s have no original ids")
        nodes = torch.tensor(wanted, dtype=torch.long)
        check_ids(nodes, data[side].num_nodes, side, name)
        return nodes
    original: list[Any] = data[side].original_id
    if len(wanted) > _FEW:
        position = {value: node for node, value in enumerate(original)}
    else:  # a dictionary of all ids would take longer than the search
        known = [value for value in wanted if isinstance(value, Hashable) and value in original]
        position = {value: original.index(value) for value in known}
    unknown = [value for value in wanted if not isinstance(value, Hashable) or value not in position]
    if unknown:
        more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        raise ValueError(
            f"'{name}' holds {unknown[0]!r}{more}, but there is no such {side}; {_suggestion(unknown[0], original)}"
        )
    return torch.tensor([position[value] for value in wanted], dtype=torch.long)


def _suggestion(value: Any, known: Sequence[Any]) -> str:
    by_text = {str(candidate): candidate for candidate in known}
    near = [repr(by_text[text]) for text in difflib.get_close_matches(str(value), by_text, 3)]
    if not near:
        return f"ids look like {known[0]!r}"
    return f"did you mean {', '.join(near[:-1])}{' or ' if near[:-1] else ''}{near[-1]}?"
