"""Recommenders without training, against dense algebra and plain Python."""

import math

import pytest
import torch

from irllrec_pyg.models import CLOSED_FORMS, EASE, ItemKNN, Popularity, create_closed_form
from irllrec_pyg.ranking import evaluate
from tests.conftest import random_pairs


@pytest.fixture
def pairs():
    return random_pairs(25, 12, 60)


@pytest.fixture
def matrix(pairs):
    """The dense interaction matrix."""
    x = torch.zeros(25, 12)
    x[pairs[0], pairs[1]] = 1.0
    return x


def test_popularity(pairs, matrix):
    score = Popularity(pairs, 25, 12).score(torch.tensor([3, 7]))
    torch.testing.assert_close(score, matrix.sum(0).repeat(2, 1))


def test_item_knn_in_plain_python(pairs, matrix):
    model, x = ItemKNN(pairs, 25, 12, k=4, shrinkage=2.0), matrix.tolist()
    similarity = [[0.0] * 12 for _ in range(12)]
    for j in range(12):
        for i in range(12):
            both = sum(row[j] * row[i] for row in x)
            norm = math.sqrt(sum(row[j] for row in x) * sum(row[i] for row in x))
            similarity[j][i] = both / (norm + 2.0) if i != j else 0.0
        least = sorted(similarity[j], reverse=True)[3]
        assert sum(value > least for value in similarity[j]) < 4
        kept = model.similarity[j].tolist()
        assert sorted(kept, reverse=True)[:4] == pytest.approx(sorted(similarity[j], reverse=True)[:4])
        assert all(value == 0.0 or value == pytest.approx(similarity[j][i]) for i, value in enumerate(kept))
    user = torch.tensor([0, 24])
    torch.testing.assert_close(model.score(user), matrix[user] @ model.similarity)


def test_ease_solves_its_problem(pairs, matrix):
    model = EASE(pairs, 25, 12, l2_weight=3.0)
    weight = model.weight.double()
    assert weight.diagonal().abs().max() == 0.0
    x = matrix.double()
    residual = x.t() @ (x @ weight - x) + 3.0 * weight  # the gradient; free on the diagonal, zero off it
    residual.fill_diagonal_(0.0)
    assert residual.abs().max() < 1e-4
    torch.testing.assert_close(model.score(torch.tensor([1])), matrix[[1]] @ model.weight)


def test_ease_reproduces_texts_too(pairs, matrix):
    feature = torch.randn(12, 5) + 3.0
    feature[4] = 0.0
    rows = [row for row in range(12) if row != 4]
    x, f = matrix.double(), torch.zeros(12, 5).double()
    f[rows] = (feature[rows] - feature[rows].mean(0)).double()
    f[rows] /= f[rows].norm(dim=1, keepdim=True)
    weight = EASE(pairs, 25, 12, l2_weight=3.0, feature=feature, feature_weight=7.0).weight.double()
    residual = x.t() @ (x @ weight - x) + 7.0 * f @ (f.t() @ weight - f.t()) + 3.0 * weight
    residual.fill_diagonal_(0.0)
    assert residual.abs().max() < 1e-4
    torch.testing.assert_close(EASE(pairs, 25, 12, feature=feature).weight, EASE(pairs, 25, 12).weight)
    without_texts = EASE(pairs, 25, 12, feature=torch.zeros(12, 5), feature_weight=7.0)
    torch.testing.assert_close(without_texts.weight, EASE(pairs, 25, 12).weight)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_pairs_of_any_integer_type(name, data):
    expected = create_closed_form(name, data).score(torch.arange(30))
    data["user", "interacts", "item"].edge_index = data["user", "interacts", "item"].edge_index.to(torch.int32)
    torch.testing.assert_close(create_closed_form(name, data).score(torch.arange(30)), expected)


def test_ids_out_of_range(pairs):
    with pytest.raises(ValueError, match="'pairs' holds the item id 11, but there are 11 items"):
        Popularity(torch.cat([pairs, torch.tensor([[0], [11]])], dim=1), 25, 11)


def test_repeated_pairs_count_once(pairs, matrix):
    twice = EASE(torch.cat([pairs, pairs], dim=1), 25, 12)
    torch.testing.assert_close(twice.weight, EASE(pairs, 25, 12).weight)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_by_name_and_evaluated(name, data):
    model = create_closed_form(name, data)
    edges = data["user", "interacts", "item"]
    metrics = evaluate(model, edges.val_label_index, edges.edge_index, k=(5, 10))
    assert 0.0 <= metrics["recall@5"] <= metrics["recall@10"] <= 1.0
    user = torch.arange(30)
    score = model.score(user)
    assert score.shape == (30, 20) and score.isfinite().all()
    torch.testing.assert_close(model.score(user[7:9]), score[7:9])


def test_bad_arguments(pairs, data):
    with pytest.raises(ValueError, match="'pairs' is empty"):
        Popularity(pairs[:, :0], 25, 12)
    with pytest.raises(ValueError, match="'feature_weight' must not be negative"):
        EASE(pairs, 25, 12, feature_weight=-1.0)
    with pytest.raises(
        ValueError, match=r"'feature' must have one finite row for each of the 12 items \(got \[11, 4\]\)"
    ):
        EASE(pairs, 25, 12, feature=torch.randn(11, 4), feature_weight=1.0)
    with pytest.raises(ValueError, match=r"data\['user'\] has no 'words' features"):
        create_closed_form("ease", data, features="words", feature_weight=1.0)
    with pytest.raises(ValueError, match="'l2_weight' must be above 0"):
        EASE(pairs, 25, 12, l2_weight=0.0)
    with pytest.raises(ValueError, match="'k' must be at least 1"):
        ItemKNN(pairs, 25, 12, k=0)
    with pytest.raises(ValueError, match="'shrinkage' must not be negative"):
        ItemKNN(pairs, 25, 12, shrinkage=-1.0)


def test_semantic_only_ranks_by_cosine(data):
    model = create_closed_form("semantic-only", data)
    user, item = data["user"].intent, data["item"].intent
    expected = torch.nn.functional.cosine_similarity(user[[4, 2]].unsqueeze(1), item.unsqueeze(0), dim=-1)
    torch.testing.assert_close(model.score(torch.tensor([4, 2])), expected)
    data["item"].intent = item = item.clone().index_fill_(0, torch.tensor([3]), 0.0)  # one has no text
    with_text = item[[number for number in range(item.size(0)) if number != 3]]
    score = create_closed_form("semantic-only", data, center=True).score(torch.tensor([4]))[0]
    assert score[3] == 0.0
    expected = torch.nn.functional.cosine_similarity((user[4] - user.mean(0)), item[5] - with_text.mean(0), dim=0)
    torch.testing.assert_close(score[5], expected)
    del data["user"].intent
    with pytest.raises(ValueError, match="has no 'intent' features"):
        create_closed_form("semantic-only", data)
