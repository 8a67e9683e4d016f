"""Ranking metrics over all items."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch_geometric.metrics import (
    LinkPredHitRatio,
    LinkPredMetricCollection,
    LinkPredMRR,
    LinkPredNDCG,
    LinkPredPrecision,
    LinkPredRecall,
)

from .ranker import Ranker, device_of
from .top_k import Pairs, check_k, top_k
from .user_item_index import UserItemIndex

#: PyG's metrics by the names that results use.
METRICS = {
    "recall": LinkPredRecall,
    "ndcg": LinkPredNDCG,
    "precision": LinkPredPrecision,
    "mrr": LinkPredMRR,
    "hit_ratio": LinkPredHitRatio,
}


def evaluate(
    ranker: Ranker, label_index: Pairs, exclude: Pairs | None = None, k: Sequence[int] = (5, 10, 20)
) -> dict[str, float]:
    r"""Ranks all items for every user who has labels, and averages PyG's metrics over these users.

    Users without labels are left out, as in the paper's protocol. An excluded item is never a hit, and a label that is
    given twice counts once.

    Args:
        ranker: Anything that scores, such as ``model.ranker(graph)`` or :class:`~irllrec_pyg.models.EASE`.
        label_index: Held-out (user, item) pairs, ``[2, L]``.
        exclude: (user, item) pairs that are never recommended, ``[2, E]``. The paper excludes training interactions
            only, also for testing; add the validation pairs to exclude those too. (default: none)
        k: Cut-offs. (default: ``(5, 10, 20)``)

    Returns:
        ``{"recall@5": ..., "ndcg@5": ..., ...}`` for recall, ndcg, precision, mrr and hit_ratio.

    Raises:
        ValueError: There are no labels, an id or a cut-off is out of range, or a score is NaN or infinity.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = EmbeddingRanker(torch.ones(2, 1), torch.tensor([[1.0], [3.0], [2.0]]))
        >>> evaluate(ranker, torch.tensor([[0, 1], [2, 1]]), exclude=torch.tensor([[0], [1]]), k=(1,))["recall@1"]
        1.0
    """
    check_cutoffs(k, ranker.num_items)
    device = device_of(ranker)
    pairs = torch.as_tensor(label_index).to(device)
    labels = UserItemIndex(pairs, ranker.num_users, ranker.num_items, "label_index")
    users = (labels.ptr.diff() > 0).nonzero().squeeze(1)
    if users.numel() == 0:
        raise ValueError("'label_index' is empty: there is nothing to evaluate on; check the split")
    # Where a user has fewer than k items left, top_k fills the list with 'num_items', which is never a label.
    best, _ = top_k(ranker, users, max(k), exclude)
    metrics = LinkPredMetricCollection(
        {f"{name}@{cut}": metric(k=cut) for cut in k for name, metric in METRICS.items()}
    ).to(device)
    metrics.update(best, labels.lookup(users))
    return {name: float(value) for name, value in metrics.compute().items()}


def check_cutoffs(k: Sequence[int], num_items: int) -> None:
    """Checks the cut-offs of metrics.

    Args:
        k: Cut-offs.
        num_items: :math:`N`.

    Raises:
        ValueError: There is no cut-off, or one is out of range.

    Examples:
        >>> check_cutoffs((5, 20), num_items=10)
        Traceback (most recent call last):
        ValueError: 'k' must lie between 1 and the number of items, 10 (got 20)
    """
    if not k:
        raise ValueError("'k' must hold at least one cut-off, such as (20,)")
    for cut in k:
        check_k(cut, num_items)
