"""Metrics of recommended lists that do not ask for hits."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.metrics import (
    LinkPredAveragePopularity,
    LinkPredCoverage,
    LinkPredDiversity,
    LinkPredPersonalization,
)
from torch_geometric.utils import coalesce

from ..data.pairs import check_pairs
from .ranker import Ranker, device_of
from .top_k import Pairs, top_k

_TAIL_SHARE = 0.2  # of the interactions


def evaluate_lists(
    ranker: Ranker,
    pairs: Pairs,
    k: int = 20,
    user: Tensor | None = None,
    category: Tensor | None = None,
    exclude: bool = True,
) -> dict[str, float]:
    r"""Says what the lists of a ranker are like: how much of the catalogue they show, how much they differ from user to
    user, and how popular their items are.

    With :math:`c_i` the number of training interactions of an item and :math:`r_i` how often it is recommended:

    ==================== ===============================================================================================
    coverage             share of the items that are recommended to anyone (PyG's ``LinkPredCoverage``)
    personalization      one minus the mean overlap of two users' lists (PyG's ``LinkPredPersonalization``)
    average_popularity   mean :math:`c_i` of recommended items (PyG's ``LinkPredAveragePopularity``)
    novelty              mean self-information :math:`-\log_2 (c_i / M)` of recommended items (`"Solving the Apparent
                         Diversity-Accuracy Dilemma of Recommender Systems" <https://arxiv.org/abs/0808.2670>`_); an
                         item without interactions counts as one with one
    tail_share           share of recommended items that belong to the tail: the least popular items that have 20 % of
                         all interactions together
    gini                 Gini coefficient of :math:`r_i` over the catalogue: 0 where all items are shown equally often,
                         close to 1 where few items take all places
    diversity            share of pairs in a list that differ in their category (PyG's ``LinkPredDiversity``); only with
                         ``category``
    ==================== ===============================================================================================

    Args:
        ranker: Anything that scores.
        pairs: Training interactions, ``[2, E]``.
        k: Length of the lists; for diversity at least 2. (default: ``20``)
        user: Ids of the users, ``[n]``. (default: all)
        category: Category of every item as a whole number, ``[N]``. (default: none)
        exclude: Whether training interactions are left out of the lists. (default: ``True``)

    Returns:
        The metrics by names such as ``"coverage@20"``.

    Raises:
        ValueError: An id or ``k`` is out of range, ``category`` has another length, or a user has fewer than ``k``
            items left.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = EmbeddingRanker(torch.ones(2, 1), torch.tensor([[1.0], [3.0], [2.0], [0.0]]))
        >>> found = evaluate_lists(ranker, torch.tensor([[0, 1], [1, 1]]), k=2)
        >>> found["coverage@2"], found["personalization@2"]
        (0.5, 0.0)
    """
    taken = coalesce(check_pairs(pairs, ranker.num_users, ranker.num_items))
    user = torch.arange(ranker.num_users) if user is None else user
    if category is not None and category.shape != (ranker.num_items,):
        raise ValueError(f"'category' must hold one value for each of {ranker.num_items} items (got {category.shape})")
    items, _ = top_k(ranker, user.to(device_of(ranker)), k, taken if exclude else None)
    if bool((items == ranker.num_items).any()):
        raise ValueError(f"'k' is {k}, but a user has fewer items left; lower it")
    items = items.cpu()
    count = taken[1].cpu().bincount(minlength=ranker.num_items)
    metrics = {
        "coverage": LinkPredCoverage(k, ranker.num_items),
        "personalization": LinkPredPersonalization(k),
        "average_popularity": LinkPredAveragePopularity(k, count),
    }
    if category is not None:
        metrics["diversity"] = LinkPredDiversity(k, category.cpu())
    found = {}
    for name, metric in metrics.items():
        metric.update(items, torch.empty(2, 0, dtype=torch.long))
        found[f"{name}@{k}"] = float(metric.compute())
    information = -torch.log2(count.clamp(min=1).double() / ranker.num_users)
    return found | {
        f"novelty@{k}": float(information[items].mean()),
        f"tail_share@{k}": float(tail(count)[items].double().mean()),
        f"gini@{k}": gini(items.flatten().bincount(minlength=ranker.num_items)),
    }


def tail(count: Tensor, share: float = _TAIL_SHARE) -> Tensor:
    """Marks the least popular items that have a share of all interactions together, ``[N]``.

    Args:
        count: Number of interactions of every item, ``[N]``.
        share: The share. (default: ``0.2``)

    Examples:
        >>> tail(torch.tensor([8, 1, 1]))
        tensor([False,  True,  True])
    """
    order = count.argsort(stable=True)
    inside = count[order].cumsum(0) <= share * count.sum()
    return torch.zeros_like(inside).index_copy_(0, order, inside)


def gini(count: Tensor) -> float:
    r"""Gini coefficient, :math:`\sum_i (2 i - N - 1) \, c_{(i)} / (N \sum_i c_i)` with :math:`c_{(1)} \leq c_{(2)} \leq
    \ldots`

    Args:
        count: A number for every item, ``[N]``, not negative and not all zero.

    Examples:
        >>> gini(torch.tensor([2, 2])), gini(torch.tensor([0, 0, 0, 4]))
        (0.0, 0.75)
    """
    ordered, size = count.double().sort().values, count.numel()
    rank = torch.arange(1, size + 1, dtype=torch.double)
    return float(((2 * rank - size - 1) * ordered).sum() / (size * ordered.sum()))
