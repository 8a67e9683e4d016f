"""Recommendations in original ids."""

import pytest

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.models import EASE
from irllrec_pyg.recommender import recommend
from irllrec_pyg.testing import tiny_data


def test_agrees_with_a_loop_over_users():
    data = tiny_data()
    data["item"].title = [f"title {item}" for item in range(20)]
    ease = EASE.from_data(data)
    table = recommend(ease, data, k=3)
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
    assert len(recommend(EASE.from_data(data), data, ["user 0"], k=20)) == 15
    assert len(recommend(EASE.from_data(data), data, ["user 0"], k=20, exclude_history=False)) == 20


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
