"""Groups of users or items by how active or popular they are."""

from __future__ import annotations

import torch
from torch import Tensor

from .._checks import check_at_least
from .per_user import UserMetrics


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
