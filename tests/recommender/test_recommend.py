"""Recommendations in original ids."""

import sys

import pytest
import torch

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.models import EASE
from irllrec_pyg.ranking import EmbeddingRanker, top_k
from irllrec_pyg.recommender import recommend
from irllrec_pyg.testing import tiny_data


def test_agrees_with_a_loop_over_users():
    data = tiny_data()
    data["item"].title = [f"title {item}" for item in range(20)]
    ease = EASE.from_data(data)
    table = recommend(ease, data, k=3, exclude="history")  # more items would have equal scores
    assert list(table) == ["user", "item", "rank", "score", "title"] and len(table) == 24 * 3
    history = set(map(tuple, data[INTERACTS].edge_index.t().tolist()))
    scores = ease.score(data[INTERACTS].edge_index.new_tensor(range(24)))
    for user in range(24):
        left = [item for item in range(20) if (user, item) not in history]
        best = sorted(left, key=lambda item, row=scores[user]: -float(row[item]))[:3]
        rows = table[table["user"] == f"user {user}"]
        assert rows["item"].tolist() == [f"item {item}" for item in best]
        assert rows["title"].tolist() == [f"title {item}" for item in best]
        assert rows["rank"].tolist() == [1, 2, 3]
        assert rows["score"].tolist() == pytest.approx([float(scores[user, item]) for item in best])


def test_a_user_with_few_items_left_gets_fewer_rows():
    data = tiny_data()
    assert len(recommend(EASE.from_data(data), data, ["user 0"], k=20)) == 12
    assert len(recommend(EASE.from_data(data), data, ["user 0"], k=20, exclude="history")) == 15
    assert len(recommend(EASE.from_data(data), data, ["user 0"], k=20, exclude=None)) == 20


def test_without_original_ids_nodes_are_named():
    data = tiny_data()
    del data["user"].original_id, data["item"].original_id
    table = recommend(EASE.from_data(data), data, [3], k=1)
    assert table["user"].tolist() == [3] and 0 <= table["item"][0] < 20


def test_bad_arguments():
    data = tiny_data()
    ease = EASE.from_data(data)
    with pytest.raises(ValueError, match="'users' holds 'nobody', but there is no such user"):
        recommend(ease, data, ["nobody"])
    with pytest.raises(ValueError, match="'k' must lie between 1 and the number of items, 20"):
        recommend(ease, data, k=21)


def lists(table):
    """Items of each user, in the order of the table."""
    return {user: rows["item"].tolist() for user, rows in table.groupby("user")}


def taken(data, *splits):
    """Items of each user in some splits."""
    found = {}
    for split in splits:
        for user, item in data[INTERACTS][split].t().tolist():
            found.setdefault(f"user {user}", set()).add(f"item {item}")
    return found


def test_is_the_order_of_top_k_bit_for_bit():
    data = tiny_data()
    ease = EASE.from_data(data)
    items, scores = top_k(ease, torch.arange(24), 7, data[INTERACTS].edge_index)
    table = recommend(ease, data, k=7, exclude="history", diversity=0.0, popularity_discount=0.0)
    assert table["item"].tolist() == [f"item {item}" for item in items.flatten().tolist()]
    assert table["score"].tolist() == scores.flatten().tolist()


@pytest.mark.parametrize(
    ("exclude", "splits"),
    [
        ("history", ["edge_index"]),
        ("all", ["edge_index", "val_label_index", "test_label_index", "seen_index"]),
        (None, []),
    ],
)
def test_what_is_left_out(exclude, splits):
    data = tiny_data()
    data[INTERACTS].seen_index = torch.stack([torch.arange(24), torch.arange(24) % 20])  # such as low ratings
    found = lists(recommend(EASE.from_data(data), data, k=20, exclude=exclude))
    left_out = taken(data, *splits)
    for user in data["user"].original_id:
        assert set(found[user]) == {*data["item"].original_id} - left_out.get(user, set())


def test_items_can_be_left_out_for_everybody_or_for_one_user():
    data = tiny_data()
    ease, every = EASE.from_data(data), set(data["item"].original_id)
    for items in (["item 3", "item 15"], ("item 3", "item 15"), {"item 3", "item 15"}):
        found = lists(recommend(ease, data, k=20, exclude=items))
        assert all(set(own) == every - {"item 3", "item 15"} for own in found.values()) and len(found) == 24
    found = lists(
        recommend(ease, data, k=20, exclude={"user 2": ["item 3"], "user 5": ["item 4", "item 0"], "user 6": []})
    )
    for user in data["user"].original_id:
        own = {"user 2": {"item 3"}, "user 5": {"item 4", "item 0"}}.get(user, set())
        assert set(found[user]) == every - own


def test_a_filter_and_exclusions_work_together():
    data = tiny_data()
    data["item"].category = ["books" if item % 3 else "films" for item in range(20)]
    found = lists(recommend(EASE.from_data(data), data, k=20, among={"category": "films"}))
    known = taken(data, "edge_index", "val_label_index", "test_label_index")
    for user in data["user"].original_id:
        assert set(found.get(user, [])) == {f"item {item}" for item in range(0, 20, 3)} - known[user]


def test_no_users_give_an_empty_table():
    data = tiny_data()
    assert list(recommend(EASE.from_data(data), data, [])) == ["user", "item", "rank", "score"]
    for options in ({"diversity": 0.5}, {"popularity_discount": 0.5}):
        assert len(recommend(EASE.from_data(data), data, [], **options)) == 0


def test_users_are_scored_in_tiles(monkeypatch):
    data = tiny_data()
    ease = EASE.from_data(data)
    options = {"k": 4, "diversity": 0.3, "popularity_discount": 0.2, "exclude": "all"}
    whole = recommend(ease, data, **options)
    monkeypatch.setattr(sys.modules["irllrec_pyg.ranking.top_k"], "_TILE_ELEMENTS", 60)
    sizes, score = [], ease.score
    monkeypatch.setattr(ease, "score", lambda user: sizes.append(user.numel()) or score(user))
    assert recommend(ease, data, **options).equals(whole)
    assert sizes == [3] * 8


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_scores_that_are_not_finite_are_an_error(value):
    data = tiny_data()

    class Broken:
        num_users, num_items = 24, 20

        def score(self, user):
            return torch.full((user.numel(), 20), value)

    with pytest.raises(ValueError, match="NaN or infinity"):
        recommend(Broken(), data)


def test_items_that_a_ranker_never_recommends_give_fewer_rows():
    data = tiny_data()

    class Few:
        num_users, num_items = 24, 20

        def score(self, user):
            return torch.tensor([1.0, 2.0] + [-torch.inf] * 18).repeat(user.numel(), 1)

    for options in ({}, {"diversity": 0.4}, {"popularity_discount": 0.4}):
        table = recommend(Few(), data, ["user 1"], k=5, exclude=None, **options)
        assert sorted(table["item"]) == ["item 0", "item 1"] and table["rank"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"exclude": "histroy"}, "'exclude' must be one of 'all', 'history' .*'histroy'"),
        ({"exclude": ["item 99"]}, "'exclude' holds 'item 99', but there is no such item"),
        ({"exclude": {"nobody": ["item 1"]}}, "'exclude' holds 'nobody', but there is no such user"),
        ({"exclude": {"user 1": "item 1"}}, r"list of item ids for user 'user 1'.*give \['item 1'\]"),
        ({"diversity": 1.0}, r"'diversity' must lie in \[0, 1\) \(got 1.0\)"),
        ({"diversity": float("nan")}, "'diversity' must lie"),
        ({"popularity_discount": -1.0}, "'popularity_discount' must not be negative"),
        ({"k": 0}, "'k' must lie between 1 and the number of items, 20"),
    ],
)
def test_bad_options(arguments, message):
    data = tiny_data()
    with pytest.raises(ValueError, match=message):
        recommend(EASE.from_data(data), data, **arguments)


def test_a_ranker_of_other_data_is_an_error():
    with pytest.raises(ValueError, match="'ranker' has"):
        recommend(EmbeddingRanker(torch.ones(3, 1), torch.ones(20, 1)), tiny_data())
