"""Scores split exactly over the parts of a ranker and the items of a history."""

import pytest
import torch

from irllrec_pyg.data import INTERACTS, JointGraph
from irllrec_pyg.models import (
    CLOSED_FORMS,
    EASE,
    GFCF,
    AlphaRec,
    LightGCN,
    Popularity,
    SemanticOnly,
    TextRanking,
    create_closed_form,
)
from irllrec_pyg.ranking import Blend, Standardized
from irllrec_pyg.recommender import explain
from irllrec_pyg.recommender.explain.shares import split_score
from irllrec_pyg.testing import tiny_data

LINEAR = ["ease", "gf-cf", "item-knn", "l3ae", "rp3-beta"]
PAIRS = [(0, 1), (3, 17), (10, 4)]


def history_of(data, user):
    pairs = data[INTERACTS].edge_index.as_subclass(torch.Tensor)
    return sorted(pairs[1, pairs[0] == user].tolist())


def rankers():
    data = tiny_data()
    graph = JointGraph.from_data(data)
    torch.manual_seed(0)
    found = {name: create_closed_form(name, data) for name in CLOSED_FORMS}
    found |= {f"lightgcn {kind}": LightGCN(24, 20, objective=kind).ranker(graph) for kind in ("bpr", "softmax")}
    found["text-ranking"] = TextRanking.from_data(LightGCN(24, 20), data).ranker(graph)
    found["alpharec"] = AlphaRec.from_data(data).ranker(graph)
    found["blend"] = Blend([found["ease"], found["lightgcn bpr"], found["popularity"]], [2.0, 1.0, 0.1])
    standard = [Standardized(found[name]) for name in ("ease", "gf-cf", "lightgcn softmax", "text-ranking")]
    found["standardized"] = standard[2]
    found["fitted"] = Blend(standard, [0.4, 0.3, 0.2, 0.1])
    found["nested"] = Standardized(
        Blend([found["fitted"], Standardized(found["blend"]), found["ease"]], [1.0, 0.5, 3.0])
    )
    return data, found


DATA, RANKERS = rankers()


@pytest.mark.parametrize("name", RANKERS)
@pytest.mark.parametrize(("user", "item"), PAIRS)
def test_everything_sums_to_the_score(name, user, item):
    ranker = RANKERS[name]
    score = float(ranker.score(torch.tensor([user]))[0, item])
    found = explain(ranker, DATA, f"user {user}", f"item {item}")
    close = {"abs": 1e-4, "rel": 1e-4}
    assert found.score == pytest.approx(score)
    assert sum(found.parts.values()) == pytest.approx(score, **close)
    assert sum(entry.value for entry in found.history) + found.own == pytest.approx(score, **close)


@pytest.mark.parametrize("name", RANKERS)
def test_items_add_what_the_ranker_says(name):
    user, item = 3, 17
    history = torch.tensor(history_of(DATA, user))
    expected = RANKERS[name].contributions(user, history)[:, item].tolist()
    found = {entry.item: entry.value for entry in explain(RANKERS[name], DATA, "user 3", "item 17").history}
    assert set(found) == {f"item {taken}" for taken in history.tolist()}
    for taken, value in zip(history.tolist(), expected, strict=True):
        assert found[f"item {taken}"] == pytest.approx(value, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("name", LINEAR)
def test_linear_scorers_leave_no_rest(name):
    for ranker in (RANKERS[name], Standardized(RANKERS[name])):
        for user, item in PAIRS:
            assert explain(ranker, DATA, f"user {user}", f"item {item}").own == pytest.approx(0.0, abs=1e-4)


def test_the_weights_of_ease_are_the_amounts():
    ease = RANKERS["ease"]
    found = explain(ease, DATA, "user 3", "item 17")
    for entry in found.history:
        assert entry.value == pytest.approx(float(ease.weight[int(entry.item.split()[1]), 17]), abs=1e-6)


@pytest.mark.parametrize("objective", ["bpr", "softmax"])
def test_lightgcn_leaves_the_own_embedding(objective):
    graph = JointGraph.from_data(DATA)
    torch.manual_seed(1)
    model = LightGCN(24, 20, objective=objective)
    ranker = model.ranker(graph)
    own = (model.embedding[3].detach().double() / ranker.user_scale[3]) @ ranker.item_embedding[17].double()
    assert explain(ranker, DATA, "user 3", "item 17").own == pytest.approx(float(own), abs=1e-5)


def test_scores_that_read_no_history_are_the_rest():
    for cls in (Popularity, SemanticOnly):
        found = explain(cls.from_data(DATA), DATA, "user 3", "item 17")
        assert found.own == pytest.approx(found.score)
        assert all(entry.value == 0.0 for entry in found.history)


def test_parts_are_weights_times_standardised_scores():
    ease, popularity = EASE.from_data(DATA), Popularity.from_data(DATA)
    blend = Blend([Standardized(ease), Standardized(popularity)], [0.7, 0.3])
    expected = {}
    for name, ranker, weight in (("EASE", ease, 0.7), ("popularity", popularity, 0.3)):
        row = ranker.score(torch.tensor([3]))[0].double()
        expected[name] = weight * float((row[17] - row.mean()) / (row - row.mean()).square().mean().sqrt())
    assert explain(blend, DATA, "user 3", "item 17").parts == pytest.approx(expected, abs=1e-5)


def test_parts_of_one_name_are_added():
    blend = Blend([EASE.from_data(DATA, l2_weight=weight) for weight in (5.0, 50.0)])
    found = explain(blend, DATA, "user 3", "item 17")
    assert list(found.parts) == ["EASE"] and found.parts["EASE"] == pytest.approx(found.score, abs=1e-5)


def test_a_constant_ranker_adds_nothing_once_standardised():
    class Constant:
        num_users, num_items = 24, 20

        def score(self, user):
            return torch.full((user.numel(), 20), 0.1)

        def score_history(self, history):
            return torch.full((history.size(0), 20), 0.1)

        def contributions(self, user, history):
            return torch.full((history.numel(), 20), 0.02)

    found = explain(Blend([Standardized(Constant()), EASE.from_data(DATA)]), DATA, "user 3", "item 17")
    assert found.parts["Constant"] == 0.0 and found.parts["EASE"] == pytest.approx(found.score, abs=1e-6)


def test_a_ranker_that_reads_no_history_is_the_rest():
    class Plain:
        num_users, num_items = 24, 20

        def score(self, user):
            return torch.arange(20.0).repeat(user.numel(), 1)

    found = explain(Blend([Plain(), EASE.from_data(DATA)]), DATA, "user 3", "item 17")
    assert found.own == pytest.approx(17.0, abs=1e-5) and found.parts["Plain"] == 17.0


def test_parts_of_weight_zero_are_left_out():
    shares = split_score(Blend([EASE.from_data(DATA), GFCF.from_data(DATA)], [0.0, 1.0]), 3, 17, torch.tensor([1]))
    assert [share.name for share in shares] == ["GF-CF"]


def test_a_computed_closed_form_keeps_its_name():
    assert list(explain(EASE.from_data(DATA).computed(), DATA, "user 3", "item 17").parts) == ["EASE"]
