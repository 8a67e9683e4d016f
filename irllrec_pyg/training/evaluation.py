"""Full-ranking evaluation in tiles of users."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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

from ..models import Encoding

METRICS = {
    "recall": LinkPredRecall,
    "ndcg": LinkPredNDCG,
    "precision": LinkPredPrecision,
    "mrr": LinkPredMRR,
    "hit_ratio": LinkPredHitRatio,
}

_TILE_ELEMENTS = 1 << 18  # scores held at once on a CPU, where they must stay in its cache; elsewhere 64 times as many


def evaluate(
    encoding: Encoding,
    label_index: Tensor,
    exclude: Tensor,
    k: Sequence[int] = (5, 10, 20),
) -> dict[str, float]:
    r"""Ranks all items for every user who has labels, and averages PyG's metrics over those users.

    Users without labels count for nothing, as in the paper's protocol.

    Args:
        encoding: What a model's ``encode`` returned.
        label_index: Held-out (user, item) pairs, ``[2, L]``.
        exclude: (user, item) pairs that are never recommended, ``[2, E]``. The paper excludes training interactions
            only, also when it tests; add the validation pairs to exclude those too.
        k: Cut-offs. (default: ``(5, 10, 20)``)

    Returns:
        ``{"recall@5": ..., "ndcg@5": ..., ...}`` for recall, ndcg, precision, mrr and hit_ratio.

    Raises:
        ValueError: There are no labels, a cut-off is out of range, or a score is not a number.
    """
    user, item = encoding.user, encoding.item
    if not (user.isfinite().all() and item.isfinite().all()):
        raise ValueError("embeddings hold NaN or infinity: training diverged; lower the learning rate or loss weights")
    return evaluate_scores(encoding.score, user.size(0), item.size(0), label_index, exclude, k)


@torch.no_grad()
def evaluate_scores(
    score: Callable[[Tensor], Tensor],
    num_users: int,
    num_items: int,
    label_index: Tensor,
    exclude: Tensor,
    k: Sequence[int] = (5, 10, 20),
) -> dict[str, float]:
    """As :func:`evaluate`, for anything that scores items: ``evaluate_scores(EASE.from_data(data).score, ...)``.

    Args:
        score: Maps users ``[n]`` to scores of all items ``[n, N]``, which may be overwritten.
        num_users: :math:`M`.
        num_items: :math:`N`.
        label_index: Held-out (user, item) pairs, ``[2, L]``.
        exclude: (user, item) pairs that are never recommended, ``[2, E]``.
        k: Cut-offs. (default: ``(5, 10, 20)``)

    Raises:
        ValueError: There are no labels, or a cut-off is out of range.
    """
    if label_index.size(1) == 0:
        raise ValueError("'label_index' is empty: there is nothing to evaluate on; check the split")
    if min(k) < 1 or max(k) > num_items:
        raise ValueError(f"'k' must lie between 1 and the number of items, {num_items} (got {tuple(k)})")
    metrics = LinkPredMetricCollection(
        {f"{name}@{cut}": metric(k=cut) for cut in k for name, metric in METRICS.items()}
    ).to(label_index.device)
    labels, excluded = PairsByUser(label_index, num_users), PairsByUser(exclude, num_users)
    users = label_index[0].unique()
    best = users.new_empty(users.numel(), max(k))
    elements = _TILE_ELEMENTS if users.device.type == "cpu" else 64 * _TILE_ELEMENTS
    for rows in torch.arange(users.numel(), device=users.device).split(max(1, elements // num_items)):
        scores = score(users[rows])
        scores[excluded.of(users[rows])] = -torch.inf
        best[rows] = scores.topk(max(k), dim=1).indices
    metrics.update(best, labels.of(users))
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
