"""What the page shows, without a browser and without Gradio."""

from itertools import pairwise

import pytest
import torch

from irllrec_pyg.app import (
    Catalog,
    about,
    accuracy_by_activity,
    item_map,
    mark_user,
    recommendations,
    report_html,
    similar,
    what_if,
)
from irllrec_pyg.app.accuracy import without_text
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.models import EASE, Popularity
from irllrec_pyg.ranking import Blend, Standardized, evaluate_users
from irllrec_pyg.recommender import Engine
from irllrec_pyg.search import fit
from irllrec_pyg.testing import tiny_data


@pytest.fixture
def data():
    data = tiny_data()
    data["item"].title = [f"{'Trains' if item < 10 else 'Islands'} of {chr(97 + item)}" for item in range(20)]
    data["item"].text = [f"{'trains and rails' if item < 10 else 'islands and sand'} {item}" for item in range(20)]
    return data


@pytest.fixture
def engine(data):
    return Engine(EASE.from_data(data, l2_weight=10.0), data, {"note": "first"})


@pytest.fixture
def catalog(data):
    return Catalog(data)


def taken(data, user):
    pairs = data[INTERACTS].edge_index
    return {item for one, item in pairs.t().tolist() if one == user}


def test_histories_begin_with_what_is_least_popular(data, catalog):
    counts = torch.bincount(data[INTERACTS].edge_index[1], minlength=20).tolist()
    assert catalog.popularity.tolist() == counts
    for user in range(24):
        history = catalog.history(user)
        assert set(history) == taken(data, user) and len(history) == 5
        assert [counts[item] for item in history] == sorted(counts[item] for item in history)


def test_users_are_found_by_id_and_by_items(data, catalog):
    assert catalog.find_users("USER 7") == [7]
    assert catalog.find_users("user 2")[0] == 2, "the shortest id is first"
    item = 4
    assert set(catalog.find_users("trains of e")) == {user for user in range(24) if item in taken(data, user)}
    assert catalog.find_users("nothing of this kind") == []
    assert catalog.find_users("", most=5) == [0, 1, 2, 3, 4]


def test_items_are_found_by_title_and_id(catalog):
    assert catalog.find_items("ISLANDS OF K") == [10]
    assert catalog.find_items("item 1")[0] == 1, "an exact id comes before longer ones"
    found = catalog.find_items("trains")
    assert set(found) == set(range(10))
    counts = [int(catalog.popularity[item]) for item in found]
    assert counts == sorted(counts, reverse=True)


def test_ids_stand_beside_titles_that_differ(data, catalog):
    assert catalog.label(3) == "Trains of d (item 3)"
    data["item"].title[3] = "item 3"
    assert Catalog(data).label(3) == "item 3"


def test_data_without_ids_and_titles():
    data = tiny_data()
    del data["user"].original_id, data["item"].original_id
    catalog = Catalog(data)
    assert catalog.titles[3] == "3" and catalog.original("user", 3) == 3
    table = recommendations(Engine(EASE.from_data(data), data), catalog, user=3, k=2)
    assert table["title"].tolist() == [str(item) for item in table["item"]]


def test_texts_are_shown_where_there_are_any(data, catalog):
    assert about(catalog, "user", 0) == {}
    data["user"].likes = [[] for _ in range(24)]
    data["user"].likes[1] = ["rails", "steam"]
    assert about(catalog, "user", 0) == {} and about(catalog, "user", 1) == {"Likes": "rails, steam"}
    assert about(catalog, "item", 3) == {"Text": "trains and rails 3"}


def test_recommendations_are_the_engines_with_reasons(engine, catalog, data):
    table = recommendations(engine, catalog, user=3, k=2)
    expected = engine.recommend(["user 3"], k=2)
    assert table["item"].tolist() == expected["item"].tolist() and table["title"].tolist() == expected["title"].tolist()
    own = {catalog.titles[item] for item in taken(data, 3)}
    for title, reason in zip(table["title"], table["reason"], strict=True):
        assert title not in reason and any(name in reason for name in own)
        assert reason.startswith("Recommended") and "%" not in reason
    assert all("% of what raises its score" in details for details in table["details"])


def test_what_if_nothing_changes(engine, catalog):
    history = catalog.history(3)
    table = what_if(engine, catalog, history, history, k=4)
    assert table["change"].tolist() == [""] * 4
    assert table["item"].tolist() == engine.recommend_for([f"item {item}" for item in history], k=4)["item"].tolist()


def test_what_if_marks_what_moves(engine, catalog):
    history = catalog.history(3)
    kept = history[:2]
    table = what_if(engine, catalog, history, kept, k=12)
    before = engine.recommend_for([f"item {item}" for item in history], k=12)["item"].tolist()
    after = engine.recommend_for([f"item {item}" for item in kept], k=12)["item"].tolist()
    assert table["item"].tolist() == after
    for position, (item, change) in enumerate(zip(after, table["change"], strict=True)):
        if item in {f"item {one}" for one in history}:
            assert change == "unticked"
        elif item not in before:
            assert change == "new"
        else:
            moved = before.index(item) - position
            assert change == (f"up {moved}" if moved > 0 else f"down {-moved}" if moved < 0 else "")


def test_what_if_nothing_is_left(engine, catalog):
    with pytest.raises(ValueError, match="tick an item"):
        what_if(engine, catalog, catalog.history(3), [], " ")


def test_similar_items(engine, catalog):
    table = similar(engine, catalog, item=3, k=4)
    assert table["item"].tolist() == engine.similar_items(["item 3"], k=4)["similar_item"].tolist()
    assert all(title.startswith("Trains") for title in table["title"])


def test_map_separates_the_two_groups(engine, catalog):
    table = item_map(engine, catalog, groups=2)
    assert sorted(table["node"]) == [*range(20)]
    halves = {(row.node < 10, row.group) for row in table.itertuples()}
    assert len(halves) == 2, "the groups of k-means are those of the data"
    assert table.equals(item_map(engine, catalog, groups=2)), "the map does not change by itself"
    assert len(item_map(engine, catalog, most=7)) == 7


def test_map_takes_any_ranker(data, catalog):
    assert item_map(Engine(Popularity.from_data(data), data), catalog).notna().all(axis=None)


def test_marks_lie_on_top(engine, catalog):
    table = mark_user(item_map(engine, catalog), history=[1, 2], recommended=[5])
    assert table["mark"].tolist() == ["other"] * 17 + ["taken"] * 2 + ["recommended"]
    assert table["node"].tolist()[-1] == 5


def test_accuracy_by_activity(engine, catalog, data):
    removed = torch.tensor(
        [pair[0] % 3 == 0 and place % 5 < 2 for place, pair in enumerate(data[INTERACTS].edge_index.t())]
    )
    data[INTERACTS].edge_index = data[INTERACTS].edge_index[:, ~removed]
    catalog = Catalog(data)
    table = accuracy_by_activity(engine, catalog, "ndcg@5", groups=2)
    own = table[table["ranker"] == "this engine"]
    found = evaluate_users(engine.ranker, data[INTERACTS].test_label_index, data[INTERACTS].edge_index, (5,))
    assert own["users"].sum() == found.user.numel()
    weighted = (own["value"] * own["users"]).sum() / own["users"].sum()
    assert weighted == pytest.approx(found.mean()["ndcg@5"])
    ends = [tuple(map(int, history.split(" to "))) for history in own["history"]]
    assert all(first[-1] < second[0] for first, second in pairwise(ends)), "groups do not overlap"


def test_accuracy_where_all_users_took_as_many(engine, catalog):
    table = accuracy_by_activity(engine, catalog, "ndcg@5")
    assert set(table["history"]) == {"5"} and set(table["users"]) == {24}, "equal numbers are one group"


def test_accuracy_without_labels(engine, catalog, data):
    data[INTERACTS].test_label_index = torch.empty(2, 0, dtype=torch.long)
    with pytest.raises(ValueError, match="no test interactions"):
        accuracy_by_activity(engine, catalog)


def test_parts_that_read_texts_are_left_out(data):
    parts = [Standardized(EASE.from_data(data, l2_weight=weight)) for weight in (10.0, 20.0)]
    info = {"weights": {"a": 0.7, "b": 0.3}, "tried": [{"name": "a", "reads_text": True}, {"name": "b"}]}
    silent = without_text(Engine(Blend(parts, [0.7, 0.3]), data, info))
    assert silent is not None and silent.parts == [parts[1]] and silent.weights == [0.3]
    assert without_text(Engine(Blend(parts, [0.7, 0.3]), data)) is None
    info["tried"][1]["reads_text"] = True
    assert without_text(Engine(Blend(parts, [0.7, 0.3]), data, info)) is None


def test_report_of_a_search(data, tmp_path):
    ranker = fit(data, "1 trial", encoder=None, metric="ndcg@5", folder=tmp_path, progress=False)
    html = report_html(ranker.engine)
    assert "What was chosen" in html and all(name in html for name in ranker.report.weights)
    assert html.count("<svg") == 3 and html.count("<details>") == 1 and "<body" not in html


def test_report_of_another_engine(engine):
    assert "<dt>note</dt><dd>first</dd>" in report_html(engine)
    assert "<script" not in report_html(Engine(engine.ranker, engine.data, {"note": ["<script>"]}))
