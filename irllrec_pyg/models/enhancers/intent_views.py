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
    """Embeddings and projected texts of the same users, and of the same items.

    Args:
        rows: Ids of the users and of the items in the views, sorted and distinct; :obj:`None` if the views hold all.
        node: Embeddings from the graph, ``[n, d]`` for each side.
        text: Projected texts, ``[n, d]`` for each side.

    Examples:
        >>> sides = torch.zeros(2, 4), torch.zeros(1, 4)
        >>> views = IntentViews((torch.tensor([3, 8]), torch.tensor([5])), node=sides, text=sides)
        >>> views.positions(0, torch.tensor([8, 4]))
        tensor([1])
    """

    rows: Sides | None
    node: Sides
    text: Sides

    def positions(self, side: int, ids: Tensor) -> Tensor:
        """Rows of the views at which some nodes are found. Nodes that the views do not hold are left out.

        Args:
            side: 0 for users, 1 for items.
            ids: Ids of the nodes.
        """
        if self.rows is None:
            return ids
        known = self.rows[side]
        position = torch.searchsorted(known, ids).clamp_(max=max(0, known.numel() - 1))
        return position[known[position] == ids] if known.numel() else ids[:0]

    def groups(self, joint: bool = False) -> list[Sides]:
        """Pairs of views that are contrasted: those of users and those of items, or those of all nodes together.

        Args:
            joint: Whether users and items are contrasted with each other too. (default: ``False``)
        """
        return [(torch.cat(self.node), torch.cat(self.text))] if joint else list(zip(self.node, self.text, strict=True))


def select_rows(sides: Sides, rows: Sides | None) -> Sides:
    """Selects rows of users and of items.

    Args:
        sides: Matrices of users and of items.
        rows: Ids of the users and of the items; :obj:`None` for all, which are not copied.

    Examples:
        >>> select_rows((torch.eye(2), torch.eye(3)), (torch.tensor([1]), torch.tensor([0])))
        (tensor([[0., 1.]]), tensor([[1., 0., 0.]]))
    """
    if rows is None:
        return sides
    return sides[0].index_select(0, rows[0]), sides[1].index_select(0, rows[1])


def project_views(
    node: Sides, features: Sides, projector: Callable[[Tensor], Tensor], rows: Sides | None
) -> IntentViews:
    """Makes the views of some nodes. Features are projected once, however many terms read them.

    Args:
        node: Embeddings of these users and items, ``[n, d]`` for each side.
        features: Text features of users and of items, ``[M, d_t]`` and ``[N, d_t]``.
        projector: Maps features to width ``d``.
        rows: Ids of the users and of the items; :obj:`None` for all.

    Examples:
        >>> features = torch.ones(3, 8), torch.ones(2, 8)
        >>> views = project_views((torch.zeros(3, 4), torch.zeros(2, 4)), features, torch.nn.Linear(8, 4), rows=None)
        >>> views.text[0].shape, views.node[1].shape
        (torch.Size([3, 4]), torch.Size([2, 4]))
    """
    user, item = select_rows(features, rows)
    return IntentViews(rows, node, (projector(user), projector(item)))


class TextRows(nn.Module):
    """Ids of the users and of the items that have texts, as buffers that move with the model.

    Args:
        user (Tensor): Features of users, ``[M, d_t]``; a row of zeros is a user without text.
        item (Tensor): Features of items, ``[N, d_t]``; a row of zeros is an item without text.

    Examples:
        >>> TextRows(torch.eye(2), torch.tensor([[0.0, 0.0], [1.0, 0.0]]))()
        (tensor([0, 1]), tensor([1]))
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
        """The ids, or :obj:`None` if every node has a text."""
        return None if self.complete else (self.user, self.item)


def batch_nodes(batch: Batch, candidates: Sides | None = None) -> Sides:
    """Users and items of a batch, sorted, each once.

    Args:
        batch: The step's triplets.
        candidates: Ids of the users and of the items to keep. (default: all)

    Examples:
        >>> batch_nodes(Batch(torch.tensor([4, 1, 4]), torch.tensor([2, 0, 3]), torch.tensor([0, 3, 1])))
        (tensor([1, 4]), tensor([0, 1, 2, 3]))
    """
    ids = batch.user.unique(), torch.cat([batch.positive, batch.negative]).unique()
    if candidates is None:
        return ids
    return ids[0][torch.isin(ids[0], candidates[0])], ids[1][torch.isin(ids[1], candidates[1])]


def draw_nodes(nodes: Sides, size: int | None) -> Sides:
    """Draws users and items at random, of each side at most ``size``, each once and in their order.

    Args:
        nodes: Ids of the users and of the items.
        size: Largest number of users, and of items; :obj:`None` for all.

    Examples:
        >>> [ids.numel() for ids in draw_nodes((torch.arange(9), torch.arange(3)), size=4)]
        [4, 3]
    """
    return draw_ids(nodes[0], size), draw_ids(nodes[1], size)


def draw_ids(ids: Tensor, size: int | None) -> Tensor:
    """Draws ids at random, each once and in their order.

    Args:
        ids: Distinct ids.
        size: Largest number of ids; :obj:`None` for all.

    Examples:
        >>> draw_ids(torch.arange(9), 4).unique().numel()
        4
    """
    if size is None or ids.numel() <= size:
        return ids
    return ids[torch.randperm(ids.numel(), device=ids.device)[:size].sort().values]


def contrast(loss: PairwiseAlignment, views: IntentViews, batch: Batch) -> Tensor:
    """Sum of the contrasts of users, of positives and of negatives (Eq. 13 of IRLLRec).

    Each set is contrasted within itself, and holds a node once: a repeated node would be its own negative.

    Args:
        loss: The contrast of paired rows.
        views: Views that hold the nodes of the batch.
        batch: The triplets of one step.

    Examples:
        >>> sides = torch.randn(3, 4), torch.randn(2, 4)
        >>> batch = Batch(*torch.tensor([[0, 1], [1, 0], [0, 1]]))
        >>> contrast(PairwiseAlignment(0.2), IntentViews(None, sides, sides), batch).shape
        torch.Size([])
    """
    terms = []
    for side, ids in ((0, batch.user), (1, batch.positive), (1, batch.negative)):
        rows = views.positions(side, ids.unique())
        terms.append(loss(views.node[side].index_select(0, rows), views.text[side].index_select(0, rows)))
    return torch.stack(terms).sum()


def published_contrast(loss: PairwiseAlignment, views: IntentViews, batch: Batch, negatives: bool = True) -> Tensor:
    """The contrast of the published code: users against *all* users, and positives and negatives against those of
    their batch. A node counts as often as the batch holds it, and is computed once.

    Args:
        loss: The contrast of paired rows.
        views: Views of all nodes that have texts.
        batch: The triplets of one step.
        negatives: Whether negatives take part. (default: ``True``)

    Examples:
        >>> sides = torch.randn(3, 4), torch.randn(2, 4)
        >>> batch = Batch(*torch.tensor([[0, 1], [1, 0], [0, 1]]))
        >>> published_contrast(PairwiseAlignment(0.2), IntentViews(None, sides, sides), batch).shape
        torch.Size([])
    """
    users, count = views.positions(0, batch.user).unique(return_counts=True)
    total = loss(views.node[0].index_select(0, users), views.text[0], users, count)
    for ids in (batch.positive, batch.negative) if negatives else (batch.positive,):
        items = views.positions(1, ids)
        total = total + info_nce_of_nodes(views.node[1], views.text[1], (items, items), loss.temperature)
    return total
