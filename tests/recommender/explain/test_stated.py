"""Likes and dislikes of a store join the data."""

import pytest

from irllrec_pyg.models import EASE
from irllrec_pyg.recommender import explain, with_stated_intents
from irllrec_pyg.testing import tiny_data
from irllrec_pyg.text import IntentAnswer, IntentStore, Record


def store_of(folder, answers):
    store = IntentStore(folder)
    store.add(
        [Record(entity, "k", "valid" if answer else "failed", 1, "", answer) for entity, answer in answers.items()]
    )
    store.set_current(dict.fromkeys(answers, "k"))
    return store


def test_answers_go_to_their_nodes(tmp_path):
    data = tiny_data()
    answers = {"user/user 2": IntentAnswer(("wit",), ("gore",), "x"), "user/user 3": None}
    answers["item/item 17"] = IntentAnswer(("wit", "trains"), (), "y")
    joined = with_stated_intents(data, store_of(tmp_path, answers))
    assert joined["user"].likes == [["wit"] if user == 2 else [] for user in range(24)]
    assert joined["user"].dislikes[2] == ["gore"] and joined["item"].likes[17] == ["wit", "trains"]
    assert "likes" not in data["user"]
    assert [word for word, _ in explain(EASE.from_data(joined), joined, "user 2", "item 17").words] == []
    joined["item"].likes[3] = ["songs"]
    joined["item"].likes[4] = ["dance"]
    assert [word for word, _ in explain(EASE.from_data(joined), joined, "user 2", "item 17").words] == ["wit"]


def test_a_store_of_other_data(tmp_path):
    store = store_of(tmp_path, {"user/somebody": IntentAnswer((), (), "x")})
    with pytest.raises(ValueError, match="'store' has no answer about the users of 'data'"):
        with_stated_intents(tiny_data(), store)
