"""Two views of the nodes that a step reads: their embeddings from the graph, and their projected texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...data import text_mask
from ...losses import PairwiseAlignment, info_nce_of_nodes
from ..encoding import Batch

Sides = tuple[Tensor, Tensor]


@dataclass
class IntentViews:
    """Paired rows of users, and paired rows of items.

    Args:
        rows: Ids of the users and of the items in the views, sorted and distinct; :obj:`None` where all are.
        node: Embeddings from the graph, ``[n, d]`` for each side.
        text: Projected texts, ``[n, d]`` for each side.
    """

    rows: Sides | None
    node: Sides
    text: Sides

    def positions(self, side: int, ids: Tensor) -> Tensor:
        """Rows of the views that hold some nodes of a side; nodes without text are left out."""
        if self.rows is None:
            return ids
        held = self.rows[side]
        position = torch.searchsorted(held, ids).clamp_(max=max(0, held.numel() - 1))
        return position[held[position] == ids] if held.numel() else ids[:0]


def select_rows(sides: Sides, rows: Sides | None) -> Sides:
    """Rows of both sides; all of them, and no copy, where ``rows`` is :obj:`None`."""
    if rows is None:
        return sides
    return sides[0].index_select(0, rows[0]), sides[1].index_select(0, rows[1])


def project_views(
    node: Tensor, features: Sides, projector: Callable[[Tensor], Tensor], rows: Sides | None
) -> IntentViews:
    """Selects rows and projects their features, each once, however many terms read them.

    Args:
        node: Joint embeddings, ``[M + N, d]``.
        features: Text features of users and of items, ``[M, d_t]`` and ``[N, d_t]``.
        projector: Maps features to width ``d``.
        rows: Ids of the users and of the items; :obj:`None` for all.
    """
    user, item = node.split([feature.size(0) for feature in features])
    selected = select_rows(features, rows)
    return IntentViews(rows, select_rows((user, item), rows), (projector(selected[0]), projector(selected[1])))


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
        masks = text_mask(user), text_mask(item)
        self.complete = all(bool(mask.all()) for mask in masks)
        for side, mask in zip(("user", "item"), masks, strict=True):
            self.register_buffer(side, mask.nonzero().squeeze(1), persistent=False)

    def forward(self) -> Sides | None:
        """The ids; :obj:`None` where every node has a text."""
        return None if self.complete else (self.user, self.item)


def batch_nodes(batch: Batch, candidates: Sides | None = None) -> Sides:
    """Users and items of a batch, sorted, each once.

    Args:
        batch: The step's triplets.
        candidates: Ids of the users and of the items to keep. (default: all)
    """
    ids = batch.user.unique(), torch.cat([batch.positive, batch.negative]).unique()
    if candidates is None:
        return ids
    return ids[0][torch.isin(ids[0], candidates[0])], ids[1][torch.isin(ids[1], candidates[1])]


def contrast(loss: PairwiseAlignment, views: IntentViews, batch: Batch) -> Tensor:
    """Sum of three contrasts, of users, positives and negatives, each set within itself (Eq. 13 of IRLLRec).

    A node counts once in each, however often the batch holds it: it would be its own negative otherwise, and the same
    similarities would be computed again.
    """
    terms = []
    for side, ids in ((0, batch.user), (1, batch.positive), (1, batch.negative)):
        rows = views.positions(side, ids.unique())
        terms.append(loss(views.node[side].index_select(0, rows), views.text[side].index_select(0, rows)))
    return torch.stack(terms).sum()


def published_contrast(loss: PairwiseAlignment, views: IntentViews, batch: Batch, negatives: bool = True) -> Tensor:
    """The contrast of the published code, over views of all nodes: users against *all* users; positives, and negatives
    where ``negatives`` is set, against their batch. A node counts as often as the batch holds it, and is computed once.
    """
    users, count = views.positions(0, batch.user).unique(return_counts=True)
    total = loss(views.node[0].index_select(0, users), views.text[0], users, count)
    for ids in (batch.positive, batch.negative) if negatives else (batch.positive,):
        items = views.positions(1, ids)
        total = total + info_nce_of_nodes(views.node[1], views.text[1], (items, items), loss.temperature)
    return total
