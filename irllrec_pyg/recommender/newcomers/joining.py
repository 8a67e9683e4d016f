"""New users and items join a ranker and its data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor

from ...data import find_nodes
from ...ranking import device_of
from .enlarging import Enlarged, add_nodes, check_new_ids
from .text_neighbors import softmax_neighbors
from .with_new_items import WithNewItems
from .with_new_users import WithNewUsers

if TYPE_CHECKING:
    from .newcomers import Newcomers

_STAND_INS, _TEMPERATURE = 50, 0.05
T = TypeVar("T")


def join_users(
    newcomers: Newcomers,
    ids: Sequence[Any] | None,
    histories: Sequence[Sequence[Any]] | None = None,
    texts: Sequence[str | None] | None = None,
) -> Enlarged:
    """Lets users join; see :meth:`Newcomers.add_users`.

    Args:
        newcomers: What places them.
        ids: Their original ids; :obj:`None` where the data have none.
        histories: Original ids of the items of each user. (default: no histories)
        texts: What each user says. (default: nothing)

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.recommender import Newcomers
        >>> from irllrec_pyg.testing import tiny_data
        >>> newcomers = Newcomers(EASE.from_data(tiny_data()), tiny_data())
        >>> join_users(newcomers, ["ann"], [["item 3"]]).ranker.num_users
        25
    """
    data, count = newcomers.data, _count(ids, histories, texts)
    ids = check_new_ids(data, "user", ids, count)
    items = [
        find_nodes(data, "item", history, "histories").unique()
        for history in _one_each("histories", histories, count, [])
    ]
    said = _one_each("texts", texts, count, None)
    _check_known("user", "a history", ids, items, said)
    score, weight = newcomers.score_texts(items, said)
    pairs = _pairs(items)
    ranker = WithNewUsers(newcomers.reader, count, pairs, score, weight).to(device_of(newcomers.ranker))
    pairs = torch.stack([pairs[0] + data["user"].num_nodes, pairs[1]])
    written = [text or "" for text in said]
    return Enlarged(ranker, add_nodes(data, "user", ids, pairs, newcomers.features(said), written))


def join_items(
    newcomers: Newcomers,
    texts: Sequence[str | None] | None,
    ids: Sequence[Any] | None = None,
    interactions: Sequence[Sequence[Any]] | None = None,
    titles: Sequence[str] | None = None,
) -> Enlarged:
    """Lets items join; see :meth:`Newcomers.add_items`.

    Args:
        newcomers: What places them.
        texts: Description of each item; :obj:`None` where there is none.
        ids: Their original ids. (default: they are numbered)
        interactions: Original ids of the known users who took each item. (default: none)
        titles: Title of each item. (default: its id)

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.recommender import Newcomers
        >>> from irllrec_pyg.testing import tiny_data
        >>> newcomers = Newcomers(EASE.from_data(tiny_data()), tiny_data())
        >>> join_items(newcomers, None, ["a new one"], [["user 0"]]).ranker.num_items
        21
    """
    data, count = newcomers.data, _count(ids, texts, interactions)
    ids = check_new_ids(data, "item", ids, count)
    said = _one_each("texts", texts, count, None)
    users = [
        find_nodes(data, "user", takers, "interactions").unique()
        for takers in _one_each("interactions", interactions, count, [])
    ]
    _check_known("item", "interactions", ids, users, said)
    named = _one_each("titles", titles, count, "")
    text, placing = newcomers.encode(said, "item"), newcomers.placing
    mixing = placing.mixing(text, users)
    stand_in = mixing.t().clamp(min=0.0)
    stand_in = stand_in / stand_in.sum(dim=1, keepdim=True).clamp(min=1e-12)
    has_text = text.ne(0).any(dim=1)
    if has_text.any():
        stand_in[has_text] = softmax_neighbors(text[has_text], placing.text, _TEMPERATURE, _STAND_INS)
    ranker = WithNewItems(newcomers.ranker, mixing, placing.offset, stand_in).to(device_of(newcomers.ranker))
    pairs = _pairs(users).flip(0)
    pairs = torch.stack([pairs[0], pairs[1] + data["item"].num_nodes])
    title = [str(given or value) for given, value in zip(named, ids, strict=True)]
    written = [text or "" for text in said]
    return Enlarged(ranker, add_nodes(data, "item", ids, pairs, newcomers.features(said), written, title))


def _count(*given: Sequence[Any] | None) -> int:
    """Number of nodes that join."""
    return next((len(one) for one in given if one is not None), 0)


def _one_each(name: str, values: Sequence[T] | None, count: int, default: T) -> list[T]:
    if values is None:
        return [default] * count
    if isinstance(values, str | bytes) or len(values) != count:
        raise ValueError(f"'{name}' must be a list with one entry for each of the {count} ids (got {values!r})")
    return list(values)


def _check_known(side: str, kind: str, ids: list[Any], nodes: list[Tensor], texts: Sequence[str | None]) -> None:
    for name, own, text in zip(ids, nodes, texts, strict=True):
        if not own.numel() and text is None:
            raise ValueError(f"{side} {name!r} has neither {kind} nor a text; give at least one of them")


def _pairs(nodes: list[Tensor]) -> Tensor:
    """Pairs of the position of a list and a node of it."""
    row = torch.arange(len(nodes)).repeat_interleave(torch.tensor([one.numel() for one in nodes], dtype=torch.long))
    return torch.stack([row, torch.cat([*nodes, row[:0]])])
