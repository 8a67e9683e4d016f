"""Metrics as RecTools and ranx define them, where these are installed."""

import math

import pandas as pd
import pytest
import torch

from irllrec_pyg.ranking import EmbeddingRanker, evaluate, evaluate_lists, top_k

K = 4


@pytest.fixture(scope="module")
def problem():
    torch.manual_seed(3)
    ranker = EmbeddingRanker(torch.randn(12, 3), torch.randn(15, 3))
    pairs = torch.stack([torch.randint(12, (60,)), torch.randint(15, (60,))]).unique(dim=1)
    order = torch.randperm(pairs.size(1))
    return ranker, pairs[:, order[:30]], pairs[:, order[30:]]


def table(pairs):
    return pd.DataFrame(pairs.t().tolist(), columns=["user_id", "item_id"])


def lists_of(ranker, user, exclude=None):
    items = top_k(ranker, user, K, exclude)[0].tolist()
    rows = [(u, i, rank + 1) for u, row in zip(user.tolist(), items, strict=True) for rank, i in enumerate(row)]
    return pd.DataFrame([row for row in rows if row[1] < ranker.num_items], columns=["user_id", "item_id", "rank"])


def test_accuracy_is_that_of_rectools(problem):
    rectools = pytest.importorskip("rectools.metrics", reason="RecTools is not installed")
    ranker, train, test = problem
    found = evaluate(ranker, test, train, (K,))
    reco, labels = lists_of(ranker, test[0].unique(), train), table(test)
    theirs = {
        "recall": rectools.Recall(k=K),
        "precision": rectools.Precision(k=K),
        "mrr": rectools.MRR(k=K),
        "hit_ratio": rectools.HitRate(k=K),
        "ndcg": rectools.NDCG(k=K, divide_by_achievable=True),
    }
    for name, metric in theirs.items():
        assert found[f"{name}@{K}"] == pytest.approx(metric.calc(reco, labels)), name


def test_lists_are_described_as_by_rectools(problem):
    rectools = pytest.importorskip("rectools.metrics", reason="RecTools is not installed")
    ranker, train, _ = problem
    popular = train[:, train[1] < 15]
    everything = torch.cat([popular, torch.stack([torch.arange(15) % 12, torch.arange(15)])], dim=1).unique(dim=1)
    found = evaluate_lists(ranker, everything, K)
    reco, history = lists_of(ranker, torch.arange(12), everything), table(everything)
    assert found[f"average_popularity@{K}"] == pytest.approx(rectools.AvgRecPopularity(k=K).calc(reco, history))
    assert found[f"novelty@{K}"] == pytest.approx(rectools.MeanInvUserFreq(k=K).calc(reco, history), rel=1e-4)
    assert found[f"coverage@{K}"] == pytest.approx(rectools.CatalogCoverage(k=K, normalize=True).calc(reco, range(15)))


def test_ndcg_and_mrr_are_those_of_ranx(problem):
    ranx = pytest.importorskip("ranx", reason="ranx is not installed")
    ranker, train, test = problem
    found = evaluate(ranker, test, train, (K,))
    labels, run = {}, {}
    for user, item in test.t().tolist():
        labels.setdefault(str(user), {})[str(item)] = 1
    for user, item, rank in lists_of(ranker, test[0].unique(), train).itertuples(index=False):
        run.setdefault(str(user), {})[str(item)] = 1.0 / rank
    theirs = ranx.evaluate(ranx.Qrels(labels), ranx.Run(run), [f"ndcg@{K}", f"mrr@{K}"])
    for name, value in theirs.items():
        assert math.isclose(found[name], value, rel_tol=1e-5), name
