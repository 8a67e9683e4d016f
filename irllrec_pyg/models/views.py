"""Two views of the nodes that a step reads: what the graph makes of them, and what their texts say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..datasets import has_text
from ..losses import PairwiseAlignment, info_nce_of_nodes
from .encoding import Batch

Sides = tuple[Tensor, Tensor]


@dataclass
class Views:
    """Paired rows of users, and paired rows of items.

    Args:
        rows: Ids of the users and of the items that the views hold, sorted and distinct; none where they hold all.
        node: What the graph makes of them, ``[n, d]`` a side.
        text: What their texts say, ``[n, d]`` a side.
    """

    rows: Sides | None
    node: Sides
    text: Sides

    @classmethod
    def of(cls, node: Tensor, features: Sides, projector: Callable[[Tensor], Tensor], rows: Sides | None) -> Views:
        """Selects rows and projects their features, each once, however many terms read them.

        Args:
            node: Joint embeddings, ``[M + N, d]``.
            features: Text features of users and of items, ``[M, d_t]`` and ``[N, d_t]``.
            projector: Maps features to width ``d``.
            rows: Which users and items; all where none are given.
        """
        user, item = node.split([feature.size(0) for feature in features])
        told = cls.select(features, rows)
        return cls(rows, cls.select((user, item), rows), (projector(told[0]), projector(told[1])))

    @staticmethod
    def select(sides: Sides, rows: Sides | None) -> Sides:
        """Rows of both sides; all, and no copy, where none are given."""
        if rows is None:
            return sides
        return sides[0].index_select(0, rows[0]), sides[1].index_select(0, rows[1])

    def places(self, side: int, ids: Tensor) -> Tensor:
        """Rows of the views that hold some nodes of a side; those without text are left out."""
        if self.rows is None:
            return ids
        held = self.rows[side]
        place = torch.searchsorted(held, ids).clamp_(max=max(0, held.numel() - 1))
        return place[held[place] == ids] if held.numel() else ids[:0]


class TextRows(nn.Module):
    """Ids of the users and of the items that have texts, which move with the model.

    Args:
        user: Features of users, ``[M, d_t]``.
        item: Features of items, ``[N, d_t]``.
    """

    user: Tensor
    item: Tensor

    def __init__(self, user: Tensor, item: Tensor) -> None:
        super().__init__()
        masks = has_text(user), has_text(item)
        self.complete = all(bool(mask.all()) for mask in masks)
        for side, mask in zip(("user", "item"), masks, strict=True):
            self.register_buffer(side, mask.nonzero().squeeze(1), persistent=False)

    def forward(self) -> Sides | None:
        """The ids; none where every node has a text."""
        return None if self.complete else (self.user, self.item)


def distinct(batch: Batch, among: Sides | None = None) -> Sides:
    """The users and the items of a batch, sorted, each once; only those ``among`` some, where these are given."""
    ids = batch.user.unique(), torch.cat([batch.positive, batch.negative]).unique()
    if among is None:
        return ids
    return ids[0][torch.isin(ids[0], among[0])], ids[1][torch.isin(ids[1], among[1])]


def contrast(loss: PairwiseAlignment, views: Views, batch: Batch) -> Tensor:
    """Users, positives and negatives, each among themselves, three contrasts in sum (Eq. 13 of IRLLRec).

    A node counts once in each, however often the batch holds it: it would be its own negative otherwise, and the same
    similarities would be computed again.
    """
    terms = []
    for side, ids in ((0, batch.user), (1, batch.positive), (1, batch.negative)):
        rows = views.places(side, ids.unique())
        terms.append(loss(views.node[side].index_select(0, rows), views.text[side].index_select(0, rows)))
    return torch.stack(terms).sum()


def published_contrast(loss: PairwiseAlignment, views: Views, batch: Batch, negatives: bool = True) -> Tensor:
    """As the published code has it, over views of all nodes: users against *all* users, positives and, where they are
    contrasted, negatives against their batch. A node counts as often as the batch holds it, and is computed once."""
    users, count = views.places(0, batch.user).unique(return_counts=True)
    total = loss(views.node[0].index_select(0, users), views.text[0], users, count)
    for ids in (batch.positive, batch.negative) if negatives else (batch.positive,):
        items = views.places(1, ids)
        total = total + info_nce_of_nodes(views.node[1], views.text[1], (items, items), loss.temperature)
    return total
