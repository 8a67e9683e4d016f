"""Metrics against a plain Python oracle."""

import sys

import pytest
import torch

from irllrec_pyg.models import EASE
from irllrec_pyg.ranking import METRICS, EmbeddingRanker, evaluate, top_k
from irllrec_pyg.testing import looped_metrics
from tests.conftest import random_pairs


def ranker_of(scores):
    """A ranker with the given scores, ``[M, N]``."""
    return EmbeddingRanker(torch.eye(len(scores)), torch.tensor(scores).t())


@pytest.mark.parametrize("tile", [1 << 24, 60], ids=["one tile", "many tiles"])
def test_matches_plain_python(tile, monkeypatch):
    monkeypatch.setattr(sys.modules[top_k.__module__], "_TILE_ELEMENTS", tile)
    pairs = random_pairs(25, 30, 300)
    pairs = pairs[:, torch.randperm(pairs.size(1))]
    exclude, labels = pairs[:, :250], pairs[:, 250:]  # not every user has labels
    user, item = torch.randn(25, 4), torch.randn(30, 4)
    given = EmbeddingRanker(user, item), labels, exclude, (5, 10)
    assert evaluate(*given) == pytest.approx(looped_metrics(*given), abs=1e-6)


def test_an_excluded_item_is_never_a_hit():
    """Where k exceeds the items that are left, excluded ones must not fill the list, even if they are labels."""
    pairs = random_pairs(12, 8, 40)
    labels = pairs[:, torch.randperm(pairs.size(1))[:30]]
    scores = torch.randn(12, 8).tolist()
    for k in (1, 5, 8):
        given = ranker_of(scores), labels, pairs, (k,)
        assert evaluate(*given) == pytest.approx(looped_metrics(*given), abs=1e-6)
        assert set(looped_metrics(*given).values()) == {0.0}


def test_labels_that_are_given_twice_count_once():
    labels = torch.tensor([[0, 0, 1], [0, 2, 1]])
    twice = torch.cat([labels, labels[:, :1]], dim=1)
    ranker = ranker_of([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])
    assert evaluate(ranker, twice, k=(1, 2)) == evaluate(ranker, labels, k=(1, 2))
    assert evaluate(ranker, twice, k=(1,))["recall@1"] == pytest.approx((1 / 2 + 0) / 2)


@pytest.mark.parametrize("dtype", [torch.int32, torch.int16, torch.int64])
def test_ids_of_any_integer_type(dtype):
    pairs = random_pairs(25, 30, 300)
    exclude, labels = pairs[:, ::2], pairs[:, 1::2]
    ranker = EmbeddingRanker(torch.randn(25, 4), torch.randn(30, 4))
    assert evaluate(ranker, labels.to(dtype), exclude.to(dtype)) == evaluate(ranker, labels, exclude)


def test_lists_are_accepted():
    ranker = ranker_of([[3.0, 2.0, 1.0]])
    assert evaluate(ranker, [[0], [1]], [[0], [0]], k=(1,))["recall@1"] == 1.0


def test_a_perfect_and_a_useless_ranker():
    labels = torch.tensor([[0, 1, 2], [0, 1, 2]])
    perfect = evaluate(EmbeddingRanker(torch.eye(3), torch.eye(3)), labels, k=(1,))
    assert perfect == {f"{name}@1": 1.0 for name in METRICS}
    assert set(evaluate(EmbeddingRanker(-torch.eye(3), torch.eye(3)), labels, k=(1,)).values()) == {0.0}


class Broken:
    """A ranker whose scores are one value in one place."""

    num_users, num_items = 2, 3

    def __init__(self, value, place):
        self.scores = torch.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]).index_put(place, torch.tensor(value))

    def score(self, user):
        return self.scores[user]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("item", [0, 1, 2])
def test_scores_that_are_no_numbers_are_an_error(value, item):
    ranker = Broken(value, (torch.tensor(1), torch.tensor(item)))
    for call in (lambda: evaluate(ranker, [[0, 1], [0, 0]], k=(1,)), lambda: top_k(ranker, [0, 1], k=3)):
        with pytest.raises(ValueError, match="Broken gives scores that are NaN or infinity"):
            call()
    assert top_k(ranker, [0], k=1)[0].tolist() == [[2]], "the other user is ranked"


def test_minus_infinity_means_never():
    ranker = Broken(-float("inf"), (torch.tensor(0), torch.tensor(2)))
    assert top_k(ranker, [0], k=3)[0].tolist() == [[1, 0, 3]]
    assert evaluate(ranker, [[0], [2]], k=(3,))["recall@3"] == 0.0


@pytest.mark.parametrize(
    ("labels", "exclude", "k", "message"),
    [
        ([[], []], None, (1,), "'label_index' is empty"),
        ([[0], [0]], None, (9,), "'k' must lie between 1 and the number of items, 2"),
        ([[0], [0]], None, (1, 0), "'k' must lie between"),
        ([[0], [0]], None, (), "'k' must hold at least one cut-off"),
        ([[0], [2]], None, (1,), "'label_index' holds the item id 2, but there are 2 items"),
        ([[1], [0]], None, (1,), "'label_index' holds the user id 1, but there are 1 users"),
        ([[0], [0]], [[0], [-1]], (1,), "'exclude' holds the item id -1"),
        ([[0.0], [0.0]], None, (1,), r"'label_index' must hold integers of the shape \[2, E\]"),
        ([0, 0], None, (1,), r"'label_index' must hold integers of the shape \[2, E\]"),
    ],
)
def test_bad_input(labels, exclude, k, message):
    ranker = EmbeddingRanker(torch.ones(1, 1), torch.ones(2, 1))
    with pytest.raises(ValueError, match=message):
        evaluate(ranker, labels, exclude, k)


def test_embeddings_that_are_no_numbers_are_an_error():
    with pytest.raises(ValueError, match="'user_embedding' holds NaN or infinity"):
        EmbeddingRanker(torch.tensor([[float("nan")]]), torch.ones(2, 1))
    with pytest.raises(ValueError, match=r"must be matrices of one width \(got \[\[1, 2\], \[2, 1\]\]\)"):
        EmbeddingRanker(torch.ones(1, 2), torch.ones(2, 1))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_ids_may_be_on_another_device_than_the_ranker():
    pairs = random_pairs(25, 30, 300)
    ranker = EASE(pairs[:, ::2], 25, 30)
    expected = evaluate(ranker, pairs[:, 1::2], pairs[:, ::2])
    best, _ = top_k(ranker, [3, 4], 5, exclude=pairs)
    ranker = ranker.to(torch.accelerator.current_accelerator())
    assert evaluate(ranker, pairs[:, 1::2], pairs[:, ::2]) == pytest.approx(expected)
    assert top_k(ranker, [3, 4], 5, exclude=pairs)[0].tolist() == best.tolist()
