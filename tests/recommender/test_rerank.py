"""Lists of different and of less popular items, against loops in double precision."""

import math

import pytest
import torch

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.models import EASE
from irllrec_pyg.ranking import UserItemIndex
from irllrec_pyg.recommender import recommend
from irllrec_pyg.recommender.rerank import SHORTLIST, discount_popular, diversify, standardize_left
from irllrec_pyg.testing import tiny_data
from tests.conftest import random_pairs


def users_of_items(pairs, num_items):
    found = [set() for _ in range(num_items)]
    for user, item in pairs.t().tolist():
        found[item].add(user)
    return found


def marginal_relevance(scores, k, users, diversity):
    """The items of one list, one after the other; ``None`` marks an item that is left out."""
    order = sorted((item for item, score in enumerate(scores) if score is not None), key=lambda item: -scores[item])
    short = order[: SHORTLIST * k]
    top, low = scores[short[0]], scores[short[-1]]

    def cosine(first, second):
        size = math.sqrt(len(users[first]) * len(users[second]))
        return len(users[first] & users[second]) / size if size else 0.0

    chosen = []
    while len(chosen) < min(k, len(short)):
        best = max(
            (item for item in short if item not in chosen),
            key=lambda item: (
                (1 - diversity) * (scores[item] - low) / (top - low)
                - diversity * max((cosine(item, other) for other in chosen), default=0.0)
            ),
        )
        chosen.append(best)
    return chosen


@pytest.mark.parametrize("diversity", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("k", [2, 6])
def test_maximal_marginal_relevance(k, diversity, monkeypatch):
    pairs = random_pairs(15, 40, 120)
    takers = UserItemIndex(pairs.flip(0), 40, 15)
    scores = torch.randn(9, 40)
    scores[torch.rand(9, 40) < 0.2] = -torch.inf
    scores[4, 3:] = -torch.inf  # fewer than k items
    monkeypatch.setattr("irllrec_pyg.recommender.rerank._SIDE", 70)  # several users at once, and not all
    found = diversify(scores, k, takers, 15, diversity)
    assert found.shape == (9, k)
    for row, own in zip(scores.double().tolist(), found.tolist(), strict=True):
        known = [score if score > -math.inf else None for score in row]
        expected = marginal_relevance(known, k, users_of_items(pairs, 40), diversity)
        assert own[: len(expected)] == expected
        assert len(set(own)) == k and all(row[item] == -math.inf for item in own[len(expected) :])


def test_lists_become_more_different():
    data = tiny_data()
    users = users_of_items(data[INTERACTS].edge_index, 20)
    shared = []
    for diversity in (0.0, 0.5, 0.9):
        table = recommend(EASE.from_data(data), data, k=4, exclude=None, diversity=diversity)
        pairs = 0
        for _, rows in table.groupby("user"):
            own = [int(item.split()[1]) for item in rows["item"]]
            pairs += sum(len(users[a] & users[b]) for a in own for b in own if a < b)
        shared.append(pairs)
    assert shared[0] > shared[1] > shared[2]


def test_the_first_item_is_the_best_one():
    data = tiny_data()
    ease = EASE.from_data(data)
    best, other = (recommend(ease, data, k=5, diversity=diversity) for diversity in (0.0, 0.8))
    assert best["item"][best["rank"] == 1].tolist() == other["item"][other["rank"] == 1].tolist()
    assert best["item"].tolist() != other["item"].tolist()


def test_scores_stay_those_of_the_ranker():
    data = tiny_data()
    ease = EASE.from_data(data)
    scores = ease.score(torch.arange(24))
    table = recommend(ease, data, k=5, diversity=0.7, popularity_discount=0.5)
    for user, item, score in zip(table["user"], table["item"], table["score"], strict=True):
        assert score == float(scores[int(user.split()[1]), int(item.split()[1])])
    assert table["rank"].tolist() == [1, 2, 3, 4, 5] * 24


def standardized(values):
    """Values less their mean over their deviation, where they are known."""
    known = [value for value in values if value is not None]
    mean = sum(known) / len(known)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in known) / len(known))
    return [None if value is None else (value - mean) / deviation if deviation else 0.0 for value in values]


def test_popularity_discount():
    scores, count = torch.randn(6, 30) * 5 + 100, torch.randint(0, 50, (30,))
    scores[torch.rand(6, 30) < 0.3] = -torch.inf
    found = discount_popular(scores, count, 0.7)
    for row, own in zip(scores.double().tolist(), found.tolist(), strict=True):
        known = [score if score > -math.inf else None for score in row]
        popular = [None if score is None else math.log(1 + n) for score, n in zip(known, count.tolist(), strict=True)]
        for value, first, second in zip(own, standardized(known), standardized(popular), strict=True):
            assert value == (-math.inf if first is None else pytest.approx(first - 0.7 * second, abs=1e-4))


def test_a_discount_lowers_the_popularity_of_lists():
    data = tiny_data()
    count = [len(users) for users in users_of_items(data[INTERACTS].edge_index, 20)]
    means = []
    for discount in (0.0, 0.5, 2.0):
        table = recommend(EASE.from_data(data), data, k=4, popularity_discount=discount)
        means.append(sum(count[int(item.split()[1])] for item in table["item"]))
    assert means[0] > means[1] > means[2]


def test_equal_scores_stay_zero():
    rows = torch.tensor([[3.3, 3.3, -torch.inf], [-torch.inf] * 3])
    assert standardize_left(rows).tolist() == [[0.0, 0.0, -math.inf], [-math.inf] * 3]


def test_diversity_of_equal_scores_is_by_similarity_alone():
    takers = UserItemIndex(torch.tensor([[0, 1, 2], [0, 0, 1]]), 3, 2)
    assert diversify(torch.ones(1, 3), 2, takers, 2, 0.5).tolist() == [[0, 2]]
