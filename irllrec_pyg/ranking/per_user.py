"""Ranking metrics of each user."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor
from torch_geometric.metrics import LinkPredHitRatio, LinkPredMRR, LinkPredNDCG, LinkPredPrecision, LinkPredRecall
from torch_geometric.metrics.link_pred import LinkPredMetricData

from .._checks import check_choice
from ..data.pairs import id_tensor
from .ranker import Ranker, device_of
from .top_k import Pairs, check_k, top_k
from .user_item_index import UserItemIndex

#: A metric of each user: one of :data:`METRICS`, or a function of the hits of each list and the number of labels.
Metric: TypeAlias = str | Callable[[Tensor, Tensor], Tensor]

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
    ranker: Ranker,
    label_index: Pairs,
    exclude: Pairs | None = None,
    k: Sequence[int] = (5, 10, 20),
    metrics: Sequence[Metric] | None = None,
    users: Tensor | Sequence[int] | None = None,
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
        metrics: Names among ``"recall"``, ``"ndcg"``, ``"precision"``, ``"mrr"`` and ``"hit_ratio"``, and functions.
            A function is called with the hits, ``[n, k]``, which say for each place of a list whether its item is a
            label, and with the number of labels of each user, ``[n]``. It returns one value per user, and its name is
            that of the metric. (default: all five names)
        users: Ids of some of the users who have labels, in ascending order. (default: all of them)

    Returns:
        The users who have labels, and for each of them ``"recall@5"``, ``"ndcg@5"`` and so on, on the ranker's device.
        The users depend on the labels only, so that two rankers have values for the same users in the same order.

    Raises:
        ValueError: There are no labels, an id or a cut-off is out of range, a metric is unknown or returns values of
            another shape, or a score is NaN or infinity.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = EmbeddingRanker(torch.ones(3, 1), torch.tensor([[1.0], [3.0], [2.0]]))
        >>> metrics = evaluate_users(ranker, torch.tensor([[0, 2], [2, 1]]), k=(1,))
        >>> metrics.user, metrics.values["recall@1"]
        (tensor([0, 2]), tensor([0., 1.]))
        >>> def first_hit(hit, count):
        ...     return hit[:, 0].float()
        >>> evaluate_users(ranker, torch.tensor([[0, 2], [2, 1]]), k=(2,), metrics=[first_hit]).mean()
        {'first_hit@2': 0.5}
    """
    check_cutoffs(k, ranker.num_items)
    names = metric_names(metrics)
    device = device_of(ranker)
    label_index = id_tensor(label_index, "label_index").to(device)
    labels = UserItemIndex(label_index, ranker.num_users, ranker.num_items, "label_index")
    with_labels = (labels.ptr.diff() > 0).nonzero().squeeze(1)
    if with_labels.numel() == 0:
        raise ValueError("'label_index' is empty: there is nothing to evaluate on; check the split")
    users = with_labels if users is None else id_tensor(users, "users").to(device)
    # Where a user has fewer than k items left, top_k fills the list with 'num_items', which is never a label.
    best, _ = top_k(ranker, users, max(k), exclude)
    lists = LinkPredMetricData(best, labels.lookup(users))  # the metrics share what it computes
    values = {
        f"{name}@{cut}": _values(name, metric, lists, cut)
        for cut in k
        for name, metric in zip(names, METRICS if metrics is None else metrics, strict=True)
    }
    return UserMetrics(users, {name: value.float() for name, value in values.items()})


def _values(name: str, metric: Metric, lists: LinkPredMetricData, k: int) -> Tensor:
    """Values of a metric for each user."""
    if isinstance(metric, str):
        # The public methods of PyG's metrics give means only. They are the means of '_compute', which the tests check.
        return METRICS[metric](k=k).to(lists.pred_index_mat.device)._compute(lists)
    values = torch.as_tensor(metric(lists.pred_rel_mat[:, :k], lists.label_count))
    if values.shape != lists.label_count.shape:
        raise ValueError(
            f"the metric {name!r} must return one value for each of {lists.label_count.numel()} users (got a tensor of "
            f"shape {list(values.shape)})"
        )
    return values


def metric_names(metrics: Sequence[Metric] | None = None) -> list[str]:
    """Names of metrics.

    Args:
        metrics: Names and functions. (default: all names)

    Raises:
        ValueError: A name is unknown or occurs twice, or a function has none.

    Examples:
        >>> metric_names()
        ['recall', 'ndcg', 'precision', 'mrr', 'hit_ratio']
    """
    if metrics is None:
        return [*METRICS]
    if isinstance(metrics, str) or not metrics:
        raise ValueError(f"'metrics' must be a list of names and functions (got {metrics!r}), such as ['recall']")
    names = []
    for metric in metrics:
        name = check_choice("metrics", metric, [*METRICS]) if isinstance(metric, str) else metric.__name__
        if name in names or (name in METRICS and not isinstance(metric, str)):
            raise ValueError(f"'metrics' holds two metrics {name!r}; rename the function")
        if not name.isidentifier():
            raise ValueError(f"'metrics' holds a function {name!r}; give it a name, which is that of the metric")
        names.append(name)
    return names


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
