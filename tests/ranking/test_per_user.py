"""Metrics of each user against PyG's public means and against plain Python."""

import math

import pytest
import torch
from torch_geometric.metrics import LinkPredMetricCollection

from irllrec_pyg.ranking import METRICS, EmbeddingRanker, UserMetrics, evaluate, evaluate_users, top_k
from tests.conftest import random_pairs


@pytest.fixture
def pairs():
    """Excluded pairs and labels; not every user has labels."""
    pairs = random_pairs(25, 30, 300)
    pairs = pairs[:, torch.randperm(pairs.size(1))]
    return pairs[:, :270], pairs[:, 270:]


@pytest.fixture
def ranker():
    return EmbeddingRanker(torch.randn(25, 4), torch.randn(30, 4))


def test_each_user_in_plain_python(ranker, pairs):
    exclude, labels = pairs
    metrics = evaluate_users(ranker, labels, exclude, k=(3,))
    scores = ranker.score(torch.arange(25)).tolist()
    relevant = {user: {i for u, i in zip(*labels.tolist(), strict=True) if u == user} for user in range(25)}
    users = [user for user in range(25) if relevant[user]]
    assert 1 < len(users) < 25 and metrics.user.tolist() == users
    assert set(metrics.values) == {f"{name}@3" for name in METRICS}
    for position, user in enumerate(users):
        hidden = {i for u, i in zip(*exclude.tolist(), strict=True) if u == user}
        ranked = sorted(set(range(30)) - hidden, key=lambda item: -scores[user][item])[:3]
        hits = [item in relevant[user] for item in ranked]
        gain = sum(1 / math.log2(place + 2) for place, hit in enumerate(hits) if hit)
        ideal = sum(1 / math.log2(place + 2) for place in range(min(3, len(relevant[user]))))
        expected = {
            "recall@3": sum(hits) / len(relevant[user]),
            "ndcg@3": gain / ideal,
            "precision@3": sum(hits) / 3,
            "mrr@3": max([0.0, *(1 / (place + 1) for place, hit in enumerate(hits) if hit)]),
            "hit_ratio@3": float(any(hits)),
        }
        assert {name: float(value[position]) for name, value in metrics.values.items()} == pytest.approx(expected)


def test_means_are_those_of_pyg(ranker, pairs):
    """The values come from a method of PyG that is not public; its public means must be theirs."""
    exclude, labels = pairs
    users, row = labels[0].unique(return_inverse=True)
    collection = LinkPredMetricCollection({f"{name}@{k}": cls(k=k) for k in (5, 10) for name, cls in METRICS.items()})
    collection.update(top_k(ranker, users, 10, exclude)[0], torch.stack([row, labels[1]]))
    expected = {name: float(value) for name, value in collection.compute().items()}
    metrics = evaluate_users(ranker, labels, exclude, k=(5, 10))
    assert metrics.mean() == pytest.approx(expected, abs=1e-6)
    assert evaluate(ranker, labels, exclude, k=(5, 10)) == metrics.mean()
    assert list(metrics.mean()) == list(expected)


def test_users_do_not_depend_on_the_ranker(ranker, pairs):
    exclude, labels = pairs
    first = evaluate_users(ranker, labels, exclude)
    second = evaluate_users(EmbeddingRanker(torch.ones(25, 1), torch.randn(30, 1)), labels.flip(1))
    assert torch.equal(first.user, second.user)
    assert {value.shape for value in second.values.values()} == {first.user.shape}
    assert {value.dtype for value in second.values.values()} == {torch.float32}


def test_means_of_many_users_are_exact():
    values = torch.cat([torch.full((1 << 24,), 1.0), torch.zeros(1 << 20)])  # a sum in single precision would stop
    mean = UserMetrics(torch.arange(values.numel()), {"recall@1": values}).mean()
    assert mean == {"recall@1": pytest.approx(16 / 17, rel=1e-9)}


def test_bad_input(ranker):
    with pytest.raises(ValueError, match="'label_index' is empty"):
        evaluate_users(ranker, [[], []])
    with pytest.raises(ValueError, match="'k' must lie between 1 and the number of items, 30"):
        evaluate_users(ranker, [[0], [0]], k=(31,))
