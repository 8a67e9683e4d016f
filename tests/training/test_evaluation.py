"""Metrics against a plain Python oracle."""

import math

import pytest
import torch
from conftest import random_pairs

from irllrec_pyg.models import Encoding
from irllrec_pyg.ranking import evaluate, metrics as evaluation


def oracle(score, labels, excluded, k):
    """Metrics of one user after another."""
    sums, users = {}, sorted({u for u, _ in labels})
    for user in users:
        relevant = {i for u, i in labels if u == user}
        banned = {i for u, i in excluded if u == user}
        ranked = sorted((i for i in range(len(score[user])) if i not in banned), key=lambda i: -score[user][i])[:k]
        hits = [i in relevant for i in ranked]
        ideal = sum(1 / math.log2(n + 2) for n in range(min(k, len(relevant))))
        first = next((1 / (n + 1) for n, hit in enumerate(hits) if hit), 0.0)
        values = {
            "recall": sum(hits) / len(relevant),
            "ndcg": sum(1 / math.log2(n + 2) for n, hit in enumerate(hits) if hit) / ideal,
            "precision": sum(hits) / k,
            "mrr": first,
            "hit_ratio": float(any(hits)),
        }
        for name, value in values.items():
            sums[name] = sums.get(name, 0.0) + value
    return {f"{name}@{k}": total / len(users) for name, total in sums.items()}


@pytest.mark.parametrize("tile", [1 << 24, 60], ids=["one tile", "many tiles"])
def test_matches_plain_python(tile, monkeypatch):
    monkeypatch.setattr(evaluation, "_TILE_ELEMENTS", tile)
    pairs = random_pairs(25, 30, 300)
    pairs = pairs[:, torch.randperm(pairs.size(1))]
    exclude, labels = pairs[:, :250], pairs[:, 250:]  # not every user has labels
    user, item = torch.randn(25, 4), torch.randn(30, 4)
    score = (user @ item.t()).tolist()
    metrics = evaluate(Encoding(user, item, []), labels, exclude, k=(5, 10))
    for k in (5, 10):
        expected = oracle(score, list(zip(*labels.tolist(), strict=True)), list(zip(*exclude.tolist(), strict=True)), k)
        for name, value in expected.items():
            assert metrics[name] == pytest.approx(value, abs=1e-6), name


def test_a_perfect_and_a_useless_model():
    labels, none = torch.tensor([[0, 1, 2], [0, 1, 2]]), torch.empty(2, 0, dtype=torch.long)
    perfect = evaluate(Encoding(torch.eye(3), torch.eye(3), []), labels, none, k=(1,))
    assert perfect == {f"{name}@1": 1.0 for name in evaluation.METRICS}
    assert set(evaluate(Encoding(-torch.eye(3), torch.eye(3), []), labels, none, k=(1,)).values()) == {0.0}


def test_excluded_items_are_never_ranked():
    user, item = torch.ones(1, 1), torch.tensor([[3.0], [2.0], [1.0]])
    labels = torch.tensor([[0], [1]])
    none, first = torch.empty(2, 0, dtype=torch.long), torch.tensor([[0], [0]])
    assert evaluate(Encoding(user, item, []), labels, none, k=(1,))["recall@1"] == 0.0
    assert evaluate(Encoding(user, item, []), labels, first, k=(1,))["recall@1"] == 1.0


@pytest.mark.parametrize(
    ("user", "labels", "k", "message"),
    [
        ([[1.0]], [[], []], (1,), "'label_index' is empty"),
        ([[1.0]], [[0], [0]], (9,), "'k' must lie between 1 and the number of items, 2"),
        ([[1.0]], [[0], [0]], (0,), "'k' must lie between"),
        ([[float("nan")]], [[0], [0]], (1,), "training diverged"),
    ],
)
def test_bad_input(user, labels, k, message):
    with pytest.raises(ValueError, match=message):
        evaluate(
            Encoding(torch.tensor(user), torch.ones(2, 1), []),
            torch.tensor(labels, dtype=torch.long),
            torch.empty(2, 0, dtype=torch.long),
            k,
        )
