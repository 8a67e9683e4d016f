"""Groups of directions."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..._checks import check_at_least
from ...data import text_mask


def spherical_k_means(feature: Tensor, count: int, seed: int = 0, iterations: int = 30, restarts: int = 5) -> Tensor:
    r"""Unit vectors that maximise the cosine of each row with the nearest of them (`"Concept Decompositions for Large
    Sparse Text Data Using Clustering" <https://doi.org/10.1023/A:1007612920971>`_),

    .. math::
        \max_{\mathbf{c}_1, \ldots, \mathbf{c}_K} \sum_i \max_k \cos(\mathbf{x}_i, \mathbf{c}_k) .

    Args:
        feature: Rows to group, ``[n, d]``; rows of zeros do not count.
        count: Number of vectors :math:`K`.
        seed: Seed of the rows that each restart begins with. (default: ``0``)
        iterations: Number of steps of each restart. (default: ``30``)
        restarts: Number of restarts, of which the best is kept. (default: ``5``)

    Returns:
        ``[K, d]``.

    Raises:
        ValueError: There are fewer rows than vectors.

    Examples:
        >>> spherical_k_means(torch.eye(2).repeat(3, 1), count=2).sum(dim=0)
        tensor([1., 1.])
    """
    check_at_least("count", count, 1, "16 is usual")
    x = F.normalize(feature[text_mask(feature)], dim=-1)
    if x.size(0) < count:
        raise ValueError(f"'count' must not exceed the number of items that have a vector, {x.size(0)} (got {count})")
    generator, best, found = torch.Generator().manual_seed(seed), -torch.inf, x[:count]
    for _ in range(restarts):
        center = x[torch.randperm(x.size(0), generator=generator)[:count].to(x.device)]
        for _ in range(iterations):
            nearest = (x @ center.t()).argmax(dim=1)
            total = torch.zeros_like(center).index_add_(0, nearest, x)
            center = torch.where(total.norm(dim=1, keepdim=True) > 0, F.normalize(total, dim=-1), center)
        value = float((x @ center.t()).amax(dim=1).sum())
        if value > best:
            best, found = value, center
    return found
