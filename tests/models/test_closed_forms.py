"""Recommenders without training, against dense algebra and plain Python."""

import math

import pytest
import torch

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.models import (
    CLOSED_FORMS,
    EASE,
    GFCF,
    L3AE,
    ItemKNN,
    Popularity,
    RP3Beta,
    SemanticOnly,
    create_closed_form,
)
from irllrec_pyg.ranking import evaluate, history_matrix
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
        kept = model.weight[j].tolist()
        assert sorted(kept, reverse=True)[:4] == pytest.approx(sorted(similarity[j], reverse=True)[:4])
        assert all(value == 0.0 or value == pytest.approx(similarity[j][i]) for i, value in enumerate(kept))
    user = torch.tensor([0, 24])
    torch.testing.assert_close(model.score(user), matrix[user] @ model.weight)


def test_item_knn_of_one_neighbor_without_shrinkage(pairs, matrix):
    x = matrix.double()
    norm = x.sum(0).sqrt()
    cosine = (x.t() @ x / (norm.unsqueeze(1) * norm).clamp(min=1e-9)).fill_diagonal_(0.0)
    weight = ItemKNN(pairs, 25, 12, k=1, shrinkage=0.0).weight
    torch.testing.assert_close(weight.amax(1).double(), cosine.amax(1))
    assert ((weight != 0.0).sum(1) == (cosine.amax(1) > 0.0)).all()


def test_rare_items_and_users_have_finite_scores():
    """Items with one interaction and with none, and a user with none."""
    pairs = torch.tensor([[0, 0, 1, 1, 1, 2], [0, 1, 0, 1, 2, 0]])
    x = torch.zeros(4, 4, dtype=torch.double)
    x[pairs[0], pairs[1]] = 1.0
    user_degree, item_degree = x.sum(1).clamp(min=1.0), x.sum(0).clamp(min=1.0)
    walks = (x / item_degree).t() @ (x / user_degree.unsqueeze(1))
    expected = x @ walks.fill_diagonal_(0.0)
    found = RP3Beta(pairs, 4, 4, alpha=1.0, beta=0.0).score(torch.arange(4))
    torch.testing.assert_close(found.double(), expected)
    normalized = x / user_degree.sqrt().unsqueeze(1) / item_degree.sqrt()
    found = GFCF(pairs, 4, 4, low_pass_weight=0.0).score(torch.arange(4))
    torch.testing.assert_close(found.double(), x @ normalized.t() @ normalized)
    assert ItemKNN(pairs, 4, 4, shrinkage=0.0).score(torch.arange(4)).isfinite().all()


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_what_follows_from_arguments_is_not_saved(name, data):
    assert not create_closed_form(name, data).state_dict()


@pytest.mark.parametrize(
    ("form", "arguments"),
    [
        (GFCF, {"num_factors": 0}),
        (GFCF, {"low_pass_weight": -0.1}),
        (RP3Beta, {"k": 0}),
        (RP3Beta, {"alpha": -0.1}),
        (RP3Beta, {"beta": -0.1}),
        (EASE, {"l2_weight": 0.0}),
        (EASE, {"feature_weight": -0.1}),
        (ItemKNN, {"k": 0}),
        (ItemKNN, {"shrinkage": -0.1}),
        (EASE, {"user_power": -0.5}),
        (EASE, {"item_power": -0.5}),
    ],
)
def test_arguments_out_of_range_are_named(pairs, form, arguments):
    with pytest.raises(ValueError, match=f"'{next(iter(arguments))}' must .*got"):
        form(pairs, 25, 12, **arguments)


def test_features_that_are_read_by_default(data):
    assert EASE.features_read() == () and EASE.features_read(feature_weight=1.0) == ("intent",)
    assert L3AE.features_read() == SemanticOnly.features_read() == ("intent",)
    own = EASE.from_data(data, feature_weight=2.0)
    same = EASE(data[INTERACTS].edge_index, 30, 20, feature=data["item"].intent, feature_weight=2.0)
    assert torch.equal(own.weight, same.weight)


def test_ease_solves_its_problem(pairs, matrix):
    model = EASE(pairs, 25, 12, l2_weight=3.0)
    weight = model.weight.double()
    assert weight.diagonal().abs().max() == 0.0
    x = matrix.double()
    residual = x.t() @ (x @ weight - x) + 3.0 * weight  # the gradient; free on the diagonal, zero off it
    residual.fill_diagonal_(0.0)
    assert residual.abs().max() < 1e-4
    torch.testing.assert_close(model.score(torch.tensor([1])), matrix[[1]] @ model.weight)


def test_ease_reproduces_texts_too(pairs, matrix, feature):
    x, f = matrix.double(), centered(feature)
    weight = EASE(pairs, 25, 12, l2_weight=3.0, feature=feature, feature_weight=7.0).weight.double()
    residual = x.t() @ (x @ weight - x) + 7.0 * f @ (f.t() @ weight - f.t()) + 3.0 * weight
    residual.fill_diagonal_(0.0)
    assert residual.abs().max() < 1e-4
    torch.testing.assert_close(EASE(pairs, 25, 12, feature=feature).weight, EASE(pairs, 25, 12).weight)
    without_texts = EASE(pairs, 25, 12, feature=torch.zeros(12, 5), feature_weight=7.0)
    torch.testing.assert_close(without_texts.weight, EASE(pairs, 25, 12).weight)


@pytest.fixture
def feature():
    """Item texts with much in common; one item has none."""
    feature = torch.randn(12, 5) + 3.0
    feature[4] = 0.0
    return feature


def centered(feature):
    """Text features less their mean, at unit length, in double precision."""
    rows = [row for row in range(feature.size(0)) if feature[row].any()]
    f = torch.zeros(feature.shape).double()
    f[rows] = (feature[rows] - feature[rows].mean(0)).double()
    f[rows] /= f[rows].norm(dim=1, keepdim=True)
    return f


def minimum(objective):
    """The 12 x 12 matrix with zero diagonal at which a function is least, by L-BFGS in double precision."""
    free = torch.zeros(12, 12, dtype=torch.double, requires_grad=True)
    off_diagonal = 1.0 - torch.eye(12).double()
    optimizer = torch.optim.LBFGS([free], max_iter=2000, tolerance_grad=1e-12, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = objective(free * off_diagonal)
        loss.backward()
        return loss

    optimizer.step(closure)
    return (free * off_diagonal).detach()


@pytest.mark.parametrize(("l2", "text_l2", "distill"), [(3.0, 0.7, 5.0), (0.0, 0.2, 4.0), (-2.0, 3.0, 8.0)])
@pytest.mark.parametrize("width", [5, 30], ids=["few features", "more features than items"])
def test_l3ae_solves_its_two_problems(pairs, matrix, l2, text_l2, distill, width):
    feature = torch.randn(12, width) + 3.0
    feature[4] = 0.0
    f, x = centered(feature), matrix.double()
    s = minimum(lambda s: (f.t() - f.t() @ s).square().sum() + text_l2 * s.square().sum())
    b = minimum(lambda b: (x - x @ b).square().sum() + l2 * b.square().sum() + distill * (b - s).square().sum())
    model = L3AE(pairs, 25, 12, feature, l2, text_l2, distill)
    assert model.weight.diagonal().abs().max() == 0.0
    torch.testing.assert_close(model.weight.double(), b, rtol=0.0, atol=1e-5)
    assert (b - EASE(pairs, 25, 12, l2_weight=l2 + distill).weight).abs().max() > 0.05, "texts matter"
    torch.testing.assert_close(model.score(torch.tensor([1])), matrix[[1]] @ model.weight)


@pytest.mark.parametrize(("user_power", "item_power"), [(0.5, 0.0), (0.0, 0.25), (0.7, 0.4)])
def test_normalized_forms_solve_their_problems(pairs, matrix, feature, user_power, item_power):
    x, f = matrix.double(), centered(feature)
    u, i = x.sum(1, keepdim=True).clamp(min=1) ** -user_power, x.sum(0).clamp(min=1) ** -item_power
    scale = (u * x * i).square().sum() / x.square().sum()
    outer = i / i.unsqueeze(1)  # weights between normalized columns are B * outer
    powers = {"user_power": user_power, "item_power": item_power}

    def loss(b):
        return (u * (x - x @ b) * i).square().sum() + 3.0 * scale * (b * outer).square().sum()

    ease = EASE(pairs, 25, 12, l2_weight=3.0, **powers)
    torch.testing.assert_close(ease.weight.double(), minimum(loss), rtol=0.0, atol=1e-4)
    assert (ease.weight - EASE(pairs, 25, 12, l2_weight=3.0).weight).abs().max() > 0.01

    s = minimum(lambda s: (f.t() - f.t() @ s).square().sum() + 0.7 * s.square().sum())
    b = minimum(lambda b: loss(b) + 5.0 * scale * (b * outer - s).square().sum())
    model = L3AE(pairs, 25, 12, feature, 3.0, 0.7, 5.0, **powers)
    torch.testing.assert_close(model.weight.double(), b, rtol=0.0, atol=1e-4)


def test_users_and_items_without_interactions_have_finite_normalized_weights():
    pairs = torch.tensor([[0, 0, 2], [0, 1, 1]])
    weight = EASE(pairs, 4, 5, l2_weight=1.0, user_power=0.5, item_power=0.5).weight
    assert weight.isfinite().all() and not weight[2:].any() and not weight[:, 2:].any()


def test_l3ae_in_its_limits(pairs, feature):
    ease = EASE(pairs, 25, 12, l2_weight=3.0).weight
    torch.testing.assert_close(L3AE(pairs, 25, 12, feature, 3.0, distill_weight=0.0).weight, ease)
    torch.testing.assert_close(L3AE(pairs, 25, 12, torch.zeros(12, 5), 1.0, distill_weight=2.0).weight, ease)
    f = centered(feature)
    inverse = (f @ f.t() + 0.5 * torch.eye(12).double()).inverse()
    texts = (inverse / -inverse.diagonal()).fill_diagonal_(0.0)
    model = L3AE(pairs, 25, 12, feature, -1e7, 0.5, 3e7)  # 1.5 times the weights of texts, whatever users took
    torch.testing.assert_close(model.weight.double(), 1.5 * texts, rtol=0.0, atol=1e-4)
    assert not texts[4].any() and not texts[:, 4].any() and texts.abs().max() > 0.1


def test_l3ae_takes_the_features_that_are_named(data):
    data["item"].other = torch.randn(20, 12)
    data["user"].other = torch.randn(30, 12)
    model = create_closed_form("l3ae", data, features="other", text_l2_weight=1.0)
    pairs = data["user", "interacts", "item"].edge_index
    torch.testing.assert_close(model.weight, L3AE(pairs, 30, 20, data["item"].other, text_l2_weight=1.0).weight)
    assert L3AE.features_read(features="other", l2_weight=1.0) == ("other",)


def test_l3ae_with_bad_arguments(pairs, feature):
    with pytest.raises(ValueError, match=r"'l2_weight \+ distill_weight' must be above 0 \(got -1.0\)"):
        L3AE(pairs, 25, 12, feature, -6.0, distill_weight=5.0)
    with pytest.raises(ValueError, match="'text_l2_weight' must be above 0"):
        L3AE(pairs, 25, 12, feature, text_l2_weight=0.0)
    with pytest.raises(ValueError, match="'distill_weight' must not be negative"):
        L3AE(pairs, 25, 12, feature, 5.0, distill_weight=-1.0)
    with pytest.raises(ValueError, match=r"must have one finite row for each of the 12 items \(got \[5, 12\]\)"):
        L3AE(pairs, 25, 12, feature.t())
    with pytest.raises(ValueError, match="with NaN or infinity"):
        L3AE(pairs, 25, 12, feature / 0)


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


def test_semantic_only_ranks_each_history_alone(data):
    model = create_closed_form("semantic-only", data)
    histories = [[0, 3], [5], [1, 2, 7]]
    together = model.score_history(history_matrix(histories, model.num_items))
    for row, history in enumerate(histories):
        mean = model.item_embedding[history].mean(dim=0)
        expected = mean / mean.norm() @ model.item_embedding.t()
        torch.testing.assert_close(together[row], expected)


def test_names():
    assert {*CLOSED_FORMS} >= {"ease", "gf-cf", "item-knn", "l3ae", "popularity", "rp3-beta", "semantic-only"}
