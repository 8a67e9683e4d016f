"""Bootstrap intervals and comparisons over users."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .._checks import check_at_least

# Random ids that are drawn at once, 8 bytes each.
_DRAWS = 1 << 22


class Comparison(NamedTuple):
    """Difference between two rankers, as :func:`paired_bootstrap` returns it.

    Args:
        difference (float): Mean over the users of the value minus the reference.
        low (float): Lower end of the interval of the difference.
        high (float): Upper end of the interval.
        p (float): Two-sided p-value of "both have the same mean".

    Examples:
        >>> Comparison(0.01, 0.004, 0.016, 0.002).p < 0.05
        True
    """

    difference: float
    low: float
    high: float
    p: float


def bootstrap_interval(
    values: Tensor, level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Percentile bootstrap interval of a mean over users.

    Users are drawn with replacement, as many as there are, and averaged; the interval holds the middle of these means.
    It says how much a metric varies with the users that a dataset happens to have. It does not cover the randomness of
    training: repeat the training with other seeds for that. The result depends on the seed, but not on the device.

    Args:
        values: One value per user, ``[n]``, such as ``evaluate_users(...).values["recall@20"]``.
        level: Share of the means that lie in the interval. (default: ``0.95``)
        resamples: How often users are drawn. (default: ``2000``)
        seed: Seed of the draws. (default: ``0``)

    Returns:
        The lower and the upper end.

    Raises:
        ValueError: There are fewer than two values, one is NaN or infinity, or ``level`` or ``resamples`` is out of
            range.

    Examples:
        >>> low, high = bootstrap_interval(torch.arange(100) / 100)
        >>> 0.40 < low < 0.495 < high < 0.59
        True
    """
    return _interval(_resampled_means(_checked("values", values), resamples, seed), level)


def paired_bootstrap(
    values: Tensor, reference: Tensor, resamples: int = 10000, seed: int = 0, level: float = 0.95
) -> Comparison:
    r"""Compares two rankers over the same users by the bootstrap of their differences.

    With the mean difference :math:`d` and the means :math:`d^{*}_1, \ldots, d^{*}_R` of resampled users, the interval
    is that of :func:`bootstrap_interval`. The p-value is the share of resamples that lie at least as far from :math:`d`
    as :math:`d` lies from zero,

    .. math::
        p = \frac{1 + \lvert \{ r : \lvert d^{*}_r - d \rvert \geq \lvert d \rvert \} \rvert}{1 + R} ,

    which estimates how often a difference of this size, of either sign, occurs where the true one is zero
    ("An Introduction to the Bootstrap", chapter 16). It is never below :math:`1 / (1 + R)`.

    Some users are easy for every ranker and some are hard. Differences leave that out, so that this comparison finds
    smaller differences than two separate intervals. With few users, below about fifty, p-values are too small. Correct
    them where many rankers are compared.

    Args:
        values: One value per user of the ranker, ``[n]``.
        reference: One value per user of the ranker it is compared with, ``[n]``, for the same users in the same order.
        resamples: How often users are drawn, :math:`R`. (default: ``10000``)
        seed: Seed of the draws. (default: ``0``)
        level: Level of the interval. (default: ``0.95``)

    Raises:
        ValueError: The shapes differ, or as :func:`bootstrap_interval`.

    Examples:
        >>> better = paired_bootstrap(torch.arange(50) / 50 + 0.1, torch.arange(50) / 50)
        >>> round(better.difference, 3), better.p < 0.001
        (0.1, True)
    """
    if values.shape != reference.shape:
        raise ValueError(
            "'values' and 'reference' must be of the same users, one value each (got "
            f"{list(values.shape)} and {list(reference.shape)})"
        )
    differences = _checked("values", values) - _checked("reference", reference)
    means, difference = _resampled_means(differences, resamples, seed), differences.mean()
    # The tolerance counts resamples that lie as far away as zero, up to the rounding of sums.
    far = (means - difference).abs() >= difference.abs() * (1 - 1e-9)
    return Comparison(float(difference), *_interval(means, level), (1 + int(far.sum())) / (1 + resamples))


def _checked(name: str, values: Tensor) -> Tensor:
    """Values in double precision on the CPU, where draws are the same for every device."""
    if values.dim() != 1 or values.numel() < 2:
        raise ValueError(f"'{name}' must hold one value for each of at least 2 users (got {list(values.shape)})")
    if not values.isfinite().all():
        raise ValueError(f"'{name}' holds NaN or infinity; evaluate_users gives neither")
    return values.detach().cpu().double()


def _resampled_means(values: Tensor, resamples: int, seed: int) -> Tensor:
    """Means of users drawn with replacement, ``[resamples]``."""
    check_at_least("resamples", resamples, 1, "thousands are usual")
    generator, users = torch.Generator().manual_seed(seed), values.numel()
    means = torch.empty(resamples, dtype=torch.double)
    for part in means.split(max(1, _DRAWS // users)):
        part.copy_(values[torch.randint(users, (part.numel(), users), generator=generator)].mean(dim=1))
    return means


def _interval(means: Tensor, level: float) -> tuple[float, float]:
    if not 0.0 < level < 1.0:
        raise ValueError(f"'level' must lie between 0 and 1 (got {level}); 0.95 is usual")
    low, high = means.quantile(torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=means.dtype)).tolist()
    return low, high
