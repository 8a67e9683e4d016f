"""Weights of a blend against an exhaustive search."""

import itertools

import pytest
import torch

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.models import EASE, ItemKNN, Popularity
from irllrec_pyg.ranking import Blend, EmbeddingRanker, Standardized, evaluate
from irllrec_pyg.search.shortlists import Shortlists
from irllrec_pyg.search.weights import choose_weights, leave_one_out
from irllrec_pyg.testing import tiny_data


@pytest.fixture(scope="module")
def case():
    data = tiny_data()
    generator = torch.Generator().manual_seed(0)
    noise = EmbeddingRanker(*(torch.randn(n, 8, generator=generator) for n in (24, 20)))
    rankers = [Popularity.from_data(data), EASE.from_data(data, l2_weight=5.0), ItemKNN.from_data(data), noise]
    pairs = data[INTERACTS]
    return rankers, pairs.val_label_index, pairs.edge_index


@pytest.mark.parametrize("weights", [[0, 1, 0, 0], [0.2, 0.3, 0.5, 0], [0, 0, 0, 1], [1, 2, 3, 4]])
@pytest.mark.parametrize("metric", ["ndcg@5", "recall@3", "mrr@5"])
def test_shortlists_give_the_metric_of_the_blend(case, weights, metric):
    rankers, label, exclude = case
    name, cut = metric.split("@")
    blend = Blend([Standardized(ranker) for ranker in rankers], weights)
    expected = evaluate(blend, label, exclude, (int(cut),))[metric]
    assert Shortlists(rankers, label, exclude).metric(name, int(cut), weights) == pytest.approx(expected, abs=1e-6)


def test_short_lists_are_enough(case):
    rankers, label, exclude = case
    full = Shortlists(rankers, label, exclude).metric("ndcg", 3, [1, 1, 1, 1])
    assert Shortlists(rankers, label, exclude, depth=8).metric("ndcg", 3, [1, 1, 1, 1]) == pytest.approx(full, abs=0.02)


def test_weights_reach_what_a_grid_reaches(case):
    lists = Shortlists(*case)
    grid = [weights for weights in itertools.product(range(4), repeat=4) if any(weights)]
    best = max(lists.metric("ndcg", 5, weights) for weights in grid)
    weights = choose_weights(lists, "ndcg@5")
    assert sum(weights) == pytest.approx(1.0, abs=1e-3)
    assert min(weights) >= 0
    assert lists.metric("ndcg", 5, weights) >= 0.97 * best


def test_blend_is_never_worse_than_its_best_part(case):
    lists = Shortlists(*case)
    for metric in ("ndcg", "recall"):
        single = max(lists.metric(metric, 5, [float(n == part) for n in range(4)]) for part in range(4))
        assert lists.metric(metric, 5, choose_weights(lists, f"{metric}@5")) >= single - 1e-9


@pytest.mark.parametrize("start", [[1, 1, 1, 1], [0.5, 0, 0, 0.5], [0, 1, 0, 0], [9, 1, 1, 9]])
def test_no_blend_is_better_without_a_part(case, start):
    lists = Shortlists(*case)
    weights, changes = leave_one_out(lists, "ndcg@5", start)
    value = lists.metric("ndcg", 5, weights)
    assert value >= lists.metric("ndcg", 5, start) and max(changes.values(), default=0.0) <= 0.0
    chosen = [part for part, weight in enumerate(weights) if weight]
    assert set(changes) == (set(chosen) if len(chosen) > 1 else set())
    for part, change in changes.items():
        others = [other for other in chosen if other != part]
        fewer = lists.subset(others)
        rest = choose_weights(fewer, "ndcg@5", [weights[other] for other in others])
        assert change == pytest.approx(fewer.metric("ndcg", 5, rest) - value)


def test_subset_is_that_of_some_rankers(case):
    rankers, label, exclude = case
    fewer = Shortlists(rankers, label, exclude).subset([1, 3])
    expected = Shortlists([rankers[1], rankers[3]], label, exclude).metric("ndcg", 5, [0.7, 0.3])
    assert fewer.metric("ndcg", 5, [0.7, 0.3]) == pytest.approx(expected, abs=1e-6)
    assert choose_weights(fewer, "ndcg@5", start=[0.0, 1.0])[0] > 0


def test_users_are_drawn_where_there_are_many(case):
    lists = Shortlists(*case, most_users=7, seed=3)
    assert lists.num_users == 7
    assert torch.equal(lists.score, Shortlists(*case, most_users=7, seed=3).score)
