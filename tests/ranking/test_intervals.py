"""Bootstrap intervals against scipy and against all resamples of few users."""

import itertools
import sys

import numpy as np
import pytest
import torch
from scipy import stats

from irllrec_pyg.ranking import bootstrap_interval, paired_bootstrap


def quantile(ordered, share):
    """Quantile by linear interpolation, in plain Python."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def all_means(values):
    """Means of all equally likely resamples."""
    return sorted(sum(drawn) / len(values) for drawn in itertools.product(values, repeat=len(values)))


def test_interval_is_that_of_all_resamples():
    values = [0.0, 0.1, 0.5, 0.6, 1.0]
    means = all_means(values)
    for level in (0.5, 0.9):
        expected = quantile(means, (1 - level) / 2), quantile(means, (1 + level) / 2)
        interval = bootstrap_interval(torch.tensor(values), level, resamples=100_000)
        assert interval == pytest.approx(expected, abs=0.021)  # neighboring means differ by 0.02


def test_interval_agrees_with_scipy():
    values = torch.rand(400, dtype=torch.double).square()
    expected = stats.bootstrap(
        (values.numpy(),), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    low, high = bootstrap_interval(values, resamples=20_000)
    width = expected.high - expected.low
    assert low == pytest.approx(expected.low, abs=0.03 * width)
    assert high == pytest.approx(expected.high, abs=0.03 * width)


def test_interval_holds_the_true_mean_as_often_as_it_says():
    hits = 0
    for seed in range(200):
        values = torch.rand(60, generator=torch.Generator().manual_seed(seed))
        low, high = bootstrap_interval(values, 0.8, resamples=500, seed=seed)
        hits += low <= 0.5 <= high
    assert 0.7 < hits / 200 < 0.9


@pytest.mark.parametrize("differences", [[0.1, -0.2, 0.3, 0.0, 0.4], [0.2, 0.1, 0.3, -0.1, 0.6], [1.0, -1.0, 0.0, 0.5]])
def test_p_value_is_that_of_all_resamples(differences):
    mean = sum(differences) / len(differences)
    means = all_means(differences)
    expected = sum(abs(value - mean) >= abs(mean) - 1e-12 for value in means) / len(means)
    reference = torch.rand(len(differences), dtype=torch.double)
    comparison = paired_bootstrap(
        reference + torch.tensor(differences, dtype=torch.double), reference, resamples=100_000
    )
    assert comparison.p == pytest.approx(expected, abs=0.006)
    assert comparison.difference == pytest.approx(mean)
    assert (comparison.low, comparison.high) == pytest.approx(
        (quantile(means, 0.025), quantile(means, 0.975)), abs=0.03
    )


def test_p_values_of_equal_rankers_are_uniform():
    p = []
    for seed in range(300):
        generator = torch.Generator().manual_seed(seed)
        both = torch.rand(2, 80, generator=generator)
        p.append(paired_bootstrap(both[0], both[1], resamples=500, seed=seed).p)
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_order_of_the_two_rankers():
    first, second = torch.rand(50), torch.rand(50)
    forth, back = paired_bootstrap(first, second), paired_bootstrap(second, first)
    assert forth.p == back.p and forth.difference == pytest.approx(-back.difference)
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low))


def test_extreme_p_values():
    values = torch.rand(50)
    assert paired_bootstrap(values, values) == (0.0, 0.0, 0.0, 1.0)
    assert paired_bootstrap(values + 0.1, values, resamples=99).p == 1 / 100


def test_pairs_find_what_separate_intervals_do_not():
    reference = torch.rand(200)
    values = reference + 0.02 + 0.05 * torch.randn(200)
    assert bootstrap_interval(values)[0] < bootstrap_interval(reference)[1], "the intervals overlap"
    assert paired_bootstrap(values, reference).p < 0.01


def test_seeds_batches_and_level(monkeypatch):
    values = torch.rand(300)
    first = bootstrap_interval(values)
    assert bootstrap_interval(values) == first != bootstrap_interval(values, seed=1)
    for draws in (700, 3):  # two resamples at once, and one
        monkeypatch.setattr(sys.modules[bootstrap_interval.__module__], "_DRAWS", draws)
        assert bootstrap_interval(values) == pytest.approx(first)
    low, high = bootstrap_interval(values, level=0.5)
    assert first[0] < low < high < first[1]
    narrow = paired_bootstrap(values, values.flip(0), level=0.5)
    wide = paired_bootstrap(values, values.flip(0))
    assert wide.low < narrow.low < narrow.high < wide.high and narrow.p == wide.p


def test_bad_arguments():
    values = torch.rand(5)
    with pytest.raises(ValueError, match=r"'values' must hold one value for each of at least 2 users \(got \[1\]\)"):
        bootstrap_interval(values[:1])
    with pytest.raises(ValueError, match=r"\(got \[5, 1\]\)"):
        bootstrap_interval(values.unsqueeze(1))
    with pytest.raises(ValueError, match="'reference' holds NaN or infinity"):
        paired_bootstrap(values, values / 0)
    with pytest.raises(ValueError, match=r"must be of the same users, one value each \(got \[5\] and \[4\]\)"):
        paired_bootstrap(values, values[:4])
    for level in (0.0, 1.0, 95.0):
        with pytest.raises(ValueError, match="'level' must lie between 0 and 1"):
            bootstrap_interval(values, level)
    with pytest.raises(ValueError, match="'resamples' must be at least 1"):
        bootstrap_interval(values, resamples=0)
