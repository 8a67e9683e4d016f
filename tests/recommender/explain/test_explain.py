"""Explanations in original ids."""

import json

import pytest
import torch

from irllrec_pyg.data import INTERACTS, JointGraph, make_data
from irllrec_pyg.models import EASE, LightGCN, TextRanking
from irllrec_pyg.ranking import Blend, Standardized
from irllrec_pyg.recommender import Engine, Explainer, Prototypes, explain
from irllrec_pyg.testing import tiny_data


def titled():
    """Data with titles, and texts by group."""
    data = tiny_data()
    data["item"].title = [f"Title {item}" for item in range(20)]
    data["item"].text = [f"A {'train robbery' if item < 10 else 'quiet island'} of number{item}." for item in range(20)]
    return data


def test_ids_titles_and_order():
    data = titled()
    found = explain(EASE.from_data(data), data, "user 3", "item 17")
    assert (found.user, found.item, found.title) == ("user 3", "item 17", "Title 17")
    values = [entry.value for entry in found.history]
    assert values == sorted(values, reverse=True)
    assert all(entry.title == entry.item.replace("item", "Title") for entry in found.history)


def test_ranks_count_the_items_that_are_left():
    data = tiny_data()
    ease = EASE.from_data(data)
    scores = ease.score(torch.tensor([3]))[0].tolist()
    pairs = data[INTERACTS]
    known = torch.cat([pairs.edge_index, pairs.val_label_index, pairs.test_label_index], dim=1)
    taken = known[1, known[0] == 3].tolist()
    for item in range(20):
        above = [other for other in range(20) if other not in taken and scores[other] > scores[item]]
        assert explain(ease, data, "user 3", f"item {item}").rank == 1 + len(above)


def test_an_item_that_was_taken():
    data = tiny_data()
    taken = int(data[INTERACTS].edge_index[1, data[INTERACTS].edge_index[0] == 3][0])
    found = explain(EASE.from_data(data), data, "user 3", f"item {taken}")
    assert found.taken and "which you took already" in str(found)
    assert not explain(EASE.from_data(data), data, "user 3", "item 0").taken


def test_without_original_ids_nodes_are_named():
    data = tiny_data()
    del data["user"].original_id, data["item"].original_id
    found = explain(EASE.from_data(data), data, 3, 17)
    assert found.item == 17 and found.title == "17" and isinstance(found.history[0].item, int)


def test_words_of_the_history_where_users_have_no_text():
    data = titled()
    found = explain(EASE.from_data(data), data, "user 1", "item 17")
    assert [word for word, _ in found.words] == ["quiet island"] and found.from_history
    assert "mentions 'quiet island', like texts of what you took" in str(found)
    data["user"].text = ["trains and number17"] * 24
    found = explain(EASE.from_data(data), data, "user 1", "item 17")
    assert [word for word, _ in found.words] == ["number17"] and not found.from_history
    assert "like yours" in str(found)


def test_the_item_itself_gives_no_words():
    data = titled()
    taken = int(data[INTERACTS].edge_index[1, data[INTERACTS].edge_index[0] == 3][0])
    words = [word for word, _ in explain(EASE.from_data(data), data, "user 3", f"item {taken}").words]
    assert words and f"number{taken}" not in words


def test_without_texts_there_are_no_words():
    data = tiny_data()
    found = explain(EASE.from_data(data), data, "user 1", "item 17")
    assert found.words == [] and "text" not in str(found)


def test_stated_likes_and_dislikes_come_first():
    data = titled()
    data["user"].likes = [["slow pace", "deadpan wit"]] * 24
    data["user"].dislikes = [["jump scares"]] * 24
    data["item"].likes = [["deadpan wit"] if item == 17 else ["car chases"] for item in range(20)]
    data["item"].dislikes = [["jump scares"] if item == 17 else [] for item in range(20)]
    found = explain(EASE.from_data(data), data, "user 1", "item 17")
    assert [word for word, _ in found.words] == ["deadpan wit"]
    assert [word for word, _ in found.disliked] == ["jump scares"] or {word for word, _ in found.disliked} == {
        "jump",
        "scares",
    }
    assert "which you dislike" in str(found)
    assert explain(EASE.from_data(data), data, "user 1", "item 3").disliked == []


def test_an_empty_history():
    pairs = torch.tensor([[0, 0, 1, 1], [0, 1, 1, 2]])
    data = make_data(pairs, torch.tensor([[0], [2]]), torch.tensor([[1], [0]]), 3, 3)
    for ranker in (EASE.from_data(data), LightGCN(3, 3).ranker(JointGraph.from_data(data))):
        found = explain(Standardized(ranker), data, 2, 1)
        assert found.history == [] and found.own == pytest.approx(found.score)
        assert "although you have taken nothing yet" in str(found)


def test_names_of_parts():
    data = tiny_data()
    graph = JointGraph.from_data(data)
    text = Standardized(TextRanking.from_data(LightGCN(24, 20), data).ranker(graph))
    blend = Blend([Standardized(EASE.from_data(data)), text], [0.6, 0.4])
    names = ["ease (l2_weight 100)", "lightgcn + text-ranking (lr 0.001)"]
    assert list(explain(blend, data, "user 1", "item 17").parts) == ["EASE", "graph model"]
    assert list(explain(blend, data, "user 1", "item 17", names=names).parts) == ["EASE", "LightGCN", "text similarity"]
    engine = Engine(blend, data, {"weights": dict(zip(names, (0.6, 0.4), strict=True))})
    assert list(engine.explain("user 1", "item 17").parts) == ["EASE", "LightGCN", "text similarity"]
    blend.report = type("Report", (), {"weights": dict.fromkeys(names, 0.5)})()
    assert list(explain(blend, data, "user 1", "item 17").parts) == ["EASE", "LightGCN", "text similarity"]


def test_prototypes_are_named():
    data = titled()
    prototypes = Prototypes.from_features(data, count=2)
    explainer = Explainer(EASE.from_data(data), data, prototypes)
    found = explainer.explain("user 1", "item 17")
    assert len(found.prototypes) == 1 and found.prototypes[0][1] == pytest.approx(1.0)
    assert "quiet island" in found.prototypes[0][0]
    assert "It fits one of your tastes: items such as 'Title" in str(found)
    assert explainer.explain("user 1", "item 3").prototypes == []


def test_plain_data():
    data = titled()
    found = explain(EASE.from_data(data), data, "user 1", "item 17", prototypes=Prototypes.from_features(data, count=2))
    content = json.loads(json.dumps(found.to_dict()))
    assert content["text"] == str(found) and content["history"][0]["title"] == found.history[0].title
    assert content["words"] == [{"word": word, "weight": weight} for word, weight in found.words]
    assert set(content["history"][0]) == {"item", "title", "value"} and content["prototypes"][0]["share"] == 1.0


def test_bars_sum_to_the_score():
    data = titled()
    found = explain(LightGCN(24, 20).ranker(JointGraph.from_data(data)), data, "user 1", "item 17")
    for most in (1, 8):
        axes = found.plot(most=most)
        assert sum(bar.get_width() for bar in axes.patches) == pytest.approx(found.score, abs=1e-6)
        assert "Title 17" in axes.get_title()
    assert found.plot(axes) is axes
    linear = explain(EASE.from_data(data), data, "user 1", "item 17").plot()
    assert "rest" not in [label.get_text() for label in linear.get_yticklabels()]


def test_html_is_escaped():
    data = titled()
    data["item"].title[17] = "<script>"
    html = explain(EASE.from_data(data), data, "user 1", "item 17")._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html and "<details>" in html


def test_explaining_leaves_the_data_as_they_are():
    data = titled()
    before = sorted(data["item"].keys()), data[INTERACTS].edge_index.clone()
    explain(EASE.from_data(data), data, "user 1", "item 17")
    assert sorted(data["item"].keys()) == before[0] and torch.equal(data[INTERACTS].edge_index, before[1])


def test_bad_arguments():
    data = tiny_data()
    ease = EASE.from_data(data)
    with pytest.raises(ValueError, match="'user' holds 'nobody', but there is no such user"):
        explain(ease, data, "nobody", "item 1")
    with pytest.raises(ValueError, match="'item' holds 'nothing', but there is no such item"):
        explain(ease, data, "user 1", "nothing")
    with pytest.raises(ValueError, match="'most' must be at least 1"):
        explain(ease, data, "user 1", "item 1", most=0)
    with pytest.raises(ValueError, match="'names' must be a list of 1"):
        explain(ease, data, "user 1", "item 1", names=["a", "b"])
    with pytest.raises(TypeError, match="does not score"):
        explain(LightGCN(24, 20), data, "user 1", "item 1")


def test_an_item_without_a_finite_score():
    class Blocked:
        num_users, num_items = 24, 20

        def score(self, user):
            return torch.full((user.numel(), 20), -torch.inf)

    with pytest.raises(ValueError, match="'item' is 'item 1', whose score is -inf"):
        explain(Blocked(), tiny_data(), "user 1", "item 1")


def test_ranks_are_those_of_lists_of_recommendations():
    data = tiny_data()
    engine = Engine(EASE.from_data(data, l2_weight=10.0), data)
    for row in engine.recommend(["user 3"], k=20).itertuples():
        found = engine.explain("user 3", row.item)
        assert not found.taken and found.rank <= row.rank  # equal scores share the best of their ranks
    user, item = data[INTERACTS].test_label_index[:, 0].tolist()
    assert engine.explain(f"user {user}", f"item {item}").taken
