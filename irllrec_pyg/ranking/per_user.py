"""Ranking metrics of each user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch_geometric.metrics import LinkPredHitRatio, LinkPredMRR, LinkPredNDCG, LinkPredPrecision, LinkPredRecall
from torch_geometric.metrics.link_pred import LinkPredMetricData

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


@dataclass(frozen=True, eq=False)
class UserMetrics:
    """Metrics of each user, as :func:`evaluate_users` returns them.

    Args:
        user (Tensor): Ids of the users who have labels, in ascending order, ``[n]``.
        values (dict[str, Tensor]): Values of each metric for these users, ``[n]``, by names such as ``"recall@20"``.

    Examples:
        >>> UserMetrics(torch.tensor([0, 4]), {"recall@20": torch.tensor([1.0, 0.5])}).mean()
        {'recall@20': 0.75}
    """

    user: Tensor
    values: dict[str, Tensor]

    def mean(self) -> dict[str, float]:
        """Each metric averaged over the users, as :func:`~irllrec_pyg.ranking.evaluate` returns it."""
        return {name: float(value.double().mean()) for name, value in self.values.items()}


def evaluate_users(
    ranker: Ranker, label_index: Pairs, exclude: Pairs | None = None, k: Sequence[int] = (5, 10, 20)
) -> UserMetrics:
    r"""Ranks all items for every user who has labels, and computes PyG's metrics for each of these users.

    :func:`~irllrec_pyg.ranking.evaluate` is the mean of these values. Choose this function to compare two rankers user
    by user (:func:`~irllrec_pyg.ranking.paired_bootstrap`), to give an interval
    (:func:`~irllrec_pyg.ranking.bootstrap_interval`), or to average over a group of users only.

    Args:
        ranker: Anything that scores, such as ``model.ranker(graph)`` or :class:`~irllrec_pyg.models.EASE`.
        label_index: Held-out (user, item) pairs, ``[2, L]``.
        exclude: (user, item) pairs that are never recommended, ``[2, E]``. (default: none)
        k: Cut-offs. (default: ``(5, 10, 20)``)

    Returns:
        The users who have labels, and for each of them ``"recall@5"``, ``"ndcg@5"`` and so on, on the ranker's device.
        The users depend on the labels only, so that two rankers have values for the same users in the same order.

    Raises:
        ValueError: There are no labels, an id or a cut-off is out of range, or a score is NaN or infinity.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = EmbeddingRanker(torch.ones(3, 1), torch.tensor([[1.0], [3.0], [2.0]]))
        >>> metrics = evaluate_users(ranker, torch.tensor([[0, 2], [2, 1]]), k=(1,))
        >>> metrics.user, metrics.values["recall@1"]
        (tensor([0, 2]), tensor([0., 1.]))
    """
    check_cutoffs(k, ranker.num_items)
    device = device_of(ranker)
    labels = UserItemIndex(torch.as_tensor(label_index).to(device), ranker.num_users, ranker.num_items, "label_index")
    users = (labels.ptr.diff() > 0).nonzero().squeeze(1)
    if users.numel() == 0:
        raise ValueError("'label_index' is empty: there is nothing to evaluate on; check the split")
    # Where a user has fewer than k items left, top_k fills the list with 'num_items', which is never a label.
    best, _ = top_k(ranker, users, max(k), exclude)
    lists = LinkPredMetricData(best, labels.lookup(users))  # the metrics share what it computes
    # The public methods of PyG's metrics give means only. They are the means of '_compute', which the tests check.
    values = {
        f"{name}@{cut}": metric(k=cut).to(device)._compute(lists) for cut in k for name, metric in METRICS.items()
    }
    return UserMetrics(users, {name: value.float() for name, value in values.items()})


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
