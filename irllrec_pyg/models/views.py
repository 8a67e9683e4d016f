"""Two views of the nodes that a step reads: what the graph makes of them, and what their texts say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..losses import PairwiseAlignment
from .encoding import Batch

Sides = tuple[Tensor, Tensor]


@dataclass
class Views:
    """Paired rows of users, and paired rows of items.

    Args:
        rows: Ids of the users and of the items that the views hold, sorted and distinct.
        node: What the graph makes of them, ``[n, d]`` a side.
        text: What their texts say, ``[n, d]`` a side.
    """

    rows: Sides
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
        sides: Sides = node.split([feature.size(0) for feature in features])
        if rows is None:
            every = tuple(torch.arange(feature.size(0), device=node.device) for feature in features)
            return cls((every[0], every[1]), sides, (projector(features[0]), projector(features[1])))
        picked = [side.index_select(0, ids) for side, ids in zip(sides, rows, strict=True)]
        texts = [projector(feature.index_select(0, ids)) for feature, ids in zip(features, rows, strict=True)]
        return cls(rows, (picked[0], picked[1]), (texts[0], texts[1]))


def distinct(batch: Batch) -> Sides:
    """The users and the items of a batch, sorted, each once."""
    return batch.user.unique(), torch.cat([batch.positive, batch.negative]).unique()


def contrast(loss: PairwiseAlignment, views: Views, batch: Batch) -> Tensor:
    """Users, positives and negatives, each among themselves, three contrasts in sum (Eq. 13 of IRLLRec).

    A node counts once in each, however often the batch holds it: it would be its own negative otherwise, and the same
    similarities would be computed again.
    """
    terms = []
    for side, ids in ((0, batch.user), (1, batch.positive), (1, batch.negative)):
        place = torch.searchsorted(views.rows[side], ids.unique())
        terms.append(loss(views.node[side].index_select(0, place), views.text[side].index_select(0, place)))
    return torch.stack(terms).sum()


def published_contrast(loss: PairwiseAlignment, views: Views, batch: Batch, negatives: bool = True) -> Tensor:
    """As the published code has it, over views of all nodes: users against *all* users, positives and, where they are
    contrasted, negatives against their batch, nodes as often as it holds them."""
    (user, item), (user_text, item_text) = views.node, views.text
    total = loss(user.index_select(0, batch.user), user_text, batch.user)
    for ids in (batch.positive, batch.negative) if negatives else (batch.positive,):
        total = total + loss(item.index_select(0, ids), item_text.index_select(0, ids))
    return total
