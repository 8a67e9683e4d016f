"""Full-ranking evaluation in tiles of users."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.metrics import (
    LinkPredHitRatio,
    LinkPredMetricCollection,
    LinkPredMRR,
    LinkPredNDCG,
    LinkPredPrecision,
    LinkPredRecall,
)
from torch_geometric.utils import cumsum

METRICS = {
    "recall": LinkPredRecall,
    "ndcg": LinkPredNDCG,
    "precision": LinkPredPrecision,
    "mrr": LinkPredMRR,
    "hit_ratio": LinkPredHitRatio,
}

_TILE_ELEMENTS = 1 << 24  # scores held at once


@torch.no_grad()
def evaluate(
    user: Tensor,
    item: Tensor,
    label_index: Tensor,
    exclude: Tensor,
    k: Sequence[int] = (5, 10, 20),
) -> dict[str, float]:
    r"""Ranks all items for every user who has labels, and averages PyG's metrics over those users.

    Scores are inner products. Users without labels count for nothing, as in the paper's protocol.

    Args:
        user: User embeddings, ``[M, d]``.
        item: Item embeddings, ``[N, d]``.
        label_index: Held-out (user, item) pairs, ``[2, L]``.
        exclude: (user, item) pairs that are never recommended, ``[2, E]``. The paper excludes training interactions
            only, also when it tests; add the validation pairs to exclude those too.
        k: Cut-offs. (default: ``(5, 10, 20)``)

    Returns:
        ``{"recall@5": ..., "ndcg@5": ..., ...}`` for recall, ndcg, precision, mrr and hit_ratio.

    Raises:
        ValueError: There are no labels, a cut-off is out of range, or a score is not a number.
    """
    if label_index.size(1) == 0:
        raise ValueError("'label_index' is empty: there is nothing to evaluate on; check the split")
    if min(k) < 1 or max(k) > item.size(0):
        raise ValueError(f"'k' must lie between 1 and the number of items, {item.size(0)} (got {tuple(k)})")
    if not (user.isfinite().all() and item.isfinite().all()):
        raise ValueError("embeddings hold NaN or infinity: training diverged; lower the learning rate or loss weights")
    metrics = LinkPredMetricCollection(
        {f"{name}@{cut}": metric(k=cut) for cut in k for name, metric in METRICS.items()}
    ).to(user.device)
    num_users = user.size(0)
    labels, excluded = PairsByUser(label_index, num_users), PairsByUser(exclude, num_users)
    with_labels = label_index[0].unique()
    step = max(1, _TILE_ELEMENTS // item.size(0))
    for tile in with_labels.split(step):
        score = user[tile] @ item.t()
        score[excluded.of(tile)] = -torch.inf
        top = score.topk(max(k), dim=1).indices
        metrics.update(top, labels.of(tile))
    return {name: float(value) for name, value in metrics.compute().items()}


class PairsByUser:
    """(user, item) pairs in compressed form, from which those of some users are read at once.

    Args:
        pairs: ``[2, E]``, in any order.
        num_users: :math:`M`.
    """

    def __init__(self, pairs: Tensor, num_users: int) -> None:
        user, item = pairs.as_subclass(Tensor)
        self.ptr = cumsum(torch.bincount(user, minlength=num_users))
        self.item = item[user.argsort(stable=True)]

    def of(self, user: Tensor) -> tuple[Tensor, Tensor]:
        """Position of the user within ``user``, and the item, of each of their pairs."""
        start, count = self.ptr[user], self.ptr[user + 1] - self.ptr[user]
        row = torch.arange(user.numel(), device=user.device).repeat_interleave(count)
        within = torch.arange(row.numel(), device=user.device) - (count.cumsum(0) - count).repeat_interleave(count)
        return row, self.item[start.repeat_interleave(count) + within]
