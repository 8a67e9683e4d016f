"""Groups of users or items by how active or popular they are."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .._checks import check_at_least
from ..data.pairs import id_tensor
from .per_user import UserMetrics, evaluate_users
from .ranker import Ranker
from .top_k import Pairs


def quantile_groups(count: Tensor, num_groups: int = 5) -> Tensor:
    """Groups of nearly equal size, from the fewest interactions to the most. Nodes with equal numbers keep their order.

    Args:
        count: Number of interactions of every node, ``[n]``.
        num_groups: Number of groups. (default: ``5``)

    Returns:
        Number of the group of every node, from zero, ``[n]``.

    Raises:
        ValueError: ``num_groups`` is below one.

    Examples:
        >>> quantile_groups(torch.tensor([9, 1, 5, 2]), num_groups=2)
        tensor([1, 0, 1, 0])
    """
    check_at_least("num_groups", num_groups, 1)
    order = count.argsort(stable=True)
    rank = torch.empty_like(order).index_copy_(0, order, torch.arange(count.numel(), device=count.device))
    return rank * num_groups // max(1, count.numel())


def mean_by_group(metrics: UserMetrics, group: Tensor) -> dict[int, dict[str, float]]:
    """Averages metrics over groups of users.

    Args:
        metrics: Metrics of each user.
        group: Number of the group of every user, ``[M]``.

    Returns:
        The means by the number of the group; a group without users who have labels is left out.

    Examples:
        >>> metrics = UserMetrics(torch.tensor([0, 2]), {"recall@20": torch.tensor([1.0, 0.5])})
        >>> mean_by_group(metrics, torch.tensor([1, 0, 0]))
        {0: {'recall@20': 0.5}, 1: {'recall@20': 1.0}}
    """
    own = group.to(metrics.user.device)[metrics.user]
    return {
        number: {name: float(value[own == number].double().mean()) for name, value in metrics.values.items()}
        for number in own.unique().tolist()
    }


def evaluate_item_groups(
    ranker: Ranker, label_index: Pairs, group: Tensor, exclude: Pairs | None = None, k: Sequence[int] = (20,)
) -> dict[int, UserMetrics]:
    """Metrics by group of items: all items are ranked, and only held-out items of the group count as hits.

    Choose it to see whether a ranker finds unpopular items, or items with a text, as well as others.

    Args:
        ranker: Anything that scores.
        label_index: Held-out (user, item) pairs, ``[2, L]``.
        group: Number of the group of every item, ``[N]``, for example from :func:`quantile_groups`.
        exclude: (user, item) pairs that are never recommended, ``[2, E]``. (default: none)
        k: Cut-offs. (default: ``(20,)``)

    Returns:
        Metrics of the users who have held-out items of a group, by the number of the group; a group without held-out
        items is left out.

    Raises:
        ValueError: ``group`` has another length than there are items, or see
            :func:`~irllrec_pyg.ranking.evaluate_users`.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = EmbeddingRanker(torch.ones(1, 1), torch.tensor([[1.0], [3.0], [2.0]]))
        >>> found = evaluate_item_groups(ranker, torch.tensor([[0, 0], [0, 1]]), torch.tensor([0, 1, 1]), k=(1,))
        >>> {number: metrics.mean()["recall@1"] for number, metrics in found.items()}
        {0: 0.0, 1: 1.0}
    """
    if group.shape != (ranker.num_items,):
        raise ValueError(
            f"'group' must hold one number for each of the {ranker.num_items} items (got {list(group.shape)})"
        )
    pairs = id_tensor(label_index, "label_index")
    own = group.to(pairs.device)[pairs[1]]
    return {number: evaluate_users(ranker, pairs[:, own == number], exclude, k) for number in own.unique().tolist()}
