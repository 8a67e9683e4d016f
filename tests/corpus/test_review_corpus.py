"""From raw reviews to a corpus: what each step leaves out, and the same thing again from the disk."""

import json

import pandas as pd
import pytest
import torch

from irllrec_pyg._manifest import read_manifest, write_manifest
from irllrec_pyg.corpus import build_corpus, load_corpus, read_amazon_2023, read_table, training_texts
from irllrec_pyg.data import INTERACTS, SEEN, set_features
from irllrec_pyg.datasets import ReviewDataset, write_reviews
from irllrec_pyg.models import Popularity
from irllrec_pyg.recommender import recommend
from irllrec_pyg.search.texts import with_texts


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    folder = tmp_path_factory.mktemp("raw")
    write_reviews(folder, 60, 40)
    return read_amazon_2023(folder / "reviews.jsonl", folder / "meta.jsonl")


def test_each_step_against_plain_python(raw, tmp_path):
    rows = raw.reviews.to_dict("records")
    twice = pd.DataFrame([{**rows[0], "text": "later", "time": rows[0]["time"] + 1, "rating": 5.0}])
    raw = type(raw)(pd.concat([raw.reviews, twice], ignore_index=True), raw.items, raw.skipped)
    corpus = build_corpus(raw, tmp_path, min_rating=3, k=4, ratio=(3, 1, 1), seed=1)
    left = {}
    for row in sorted(raw.reviews.to_dict("records"), key=lambda row: row["time"]):
        if row["rating"] >= 3:
            left[row["user"], row["item"]] = row["text"]
    while True:
        users, items = ([pair[side] for pair in left] for side in (0, 1))
        stay = {pair: text for pair, text in left.items() if min(users.count(pair[0]), items.count(pair[1])) >= 4}
        if len(stay) == len(left):
            break
        left = stay
    assert {(row.user, row.item): row.text for row in corpus.reviews.itertuples()} == left
    counts = corpus.manifest["counts"]
    assert counts["in the 4-core"] == len(left) == counts["train"] + counts["val"] + counts["test"]
    assert counts["users"] == len({user for user, _ in left}) and counts["items"] == len({item for _, item in left})
    assert 0.5 < counts["train"] / len(left) < 0.7


def test_the_data_object_says_what_the_table_says(raw, tmp_path):
    corpus = build_corpus(raw, tmp_path, seed=1)
    user, item = corpus.data["user"].original_id, corpus.data["item"].original_id
    for split, name in (("train", "edge_index"), ("val", "val_label_index"), ("test", "test_label_index")):
        pairs = {(user[u], item[i]) for u, i in corpus.data[INTERACTS][name].t().tolist()}
        rows = corpus.reviews[corpus.reviews["split"] == split]
        assert pairs == set(zip(rows["user"], rows["item"], strict=True))
    assert len(training_texts(corpus, corpus.data)[1]) == len(item)


def test_the_same_again_from_the_disk(raw, tmp_path):
    built = build_corpus(raw, tmp_path / "a", seed=1)
    again = load_corpus(tmp_path / "a")
    pd.testing.assert_frame_equal(again.reviews, built.reviews)
    pd.testing.assert_frame_equal(again.items, built.items)
    assert again.manifest == built.manifest
    assert torch.equal(again.data[INTERACTS].edge_index, built.data[INTERACTS].edge_index)
    other = build_corpus(raw, tmp_path / "b", seed=1)
    assert other.manifest["files"] == built.manifest["files"], "the same bytes for the same reviews"
    assert build_corpus(raw, tmp_path / "c", seed=2).manifest["data"] != built.manifest["data"]


def test_what_users_rated_low_is_known_to_them(raw, tmp_path):
    corpus = build_corpus(raw, tmp_path, seed=1)
    user, item = corpus.data["user"].original_id, corpus.data["item"].original_id
    kept = set(zip(corpus.reviews["user"], corpus.reviews["item"], strict=True))
    expected = {
        (u, i) for u, i in zip(raw.reviews["user"], raw.reviews["item"], strict=True) if u in user and i in item
    }
    expected -= kept
    assert expected and corpus.manifest["counts"]["seen, but no interaction"] == len(expected)
    titles = dict(zip(corpus.items["item"], corpus.items["title"], strict=True))
    found = ReviewDataset(tmp_path)[0]["item"]
    assert found.title == [titles[item] or item for item in found.original_id]
    for data in (corpus.data, load_corpus(tmp_path).data, ReviewDataset(tmp_path)[0]):
        assert {(user[u], item[i]) for u, i in data[INTERACTS][SEEN].t().tolist()} == expected
    listed = recommend(Popularity.from_data(corpus.data), ReviewDataset(tmp_path)[0])
    assert not (expected | kept) & set(zip(listed["user"], listed["item"], strict=True))


def test_a_corpus_without_low_ratings_has_no_such_pairs(raw, tmp_path):
    liked = type(raw)(raw.reviews[raw.reviews["rating"] >= 3], raw.items, raw.skipped)
    assert SEEN not in build_corpus(liked, tmp_path, k=1).data[INTERACTS]
    assert SEEN not in load_corpus(tmp_path).data[INTERACTS]


def test_reviews_with_a_text_are_counted(raw, tmp_path):
    reviews = raw.reviews.assign(title="", text=["Good."] + [" "] * (len(raw.reviews) - 1))
    corpus = build_corpus(type(raw)(reviews, raw.items, raw.skipped), tmp_path, min_rating=1, k=1)
    assert corpus.manifest["counts"]["with a text"] == 1
    data = ReviewDataset(tmp_path)[0]
    assert data.rows_with_text == [1, len(corpus.reviews)]
    set_features(data, "intent", torch.rand(data["user"].num_nodes, 4), torch.rand(data["item"].num_nodes, 4))
    assert f"1 of {len(corpus.reviews)} reviews with a text" in with_texts(data)[1]


def test_where_it_came_from(raw, tmp_path):
    sources = build_corpus(raw, tmp_path).manifest["sources"]
    assert set(sources) == {"reviews.jsonl", "meta.jsonl"}
    assert all(
        source["bytes"] > 0 and len(source["sha256"]) == 64 and source["bad"] == 0 for source in sources.values()
    )


def test_what_can_go_wrong(raw, tmp_path):
    build_corpus(raw, tmp_path)
    with pytest.raises(FileExistsError, match="holds a corpus already"):
        build_corpus(raw, tmp_path)
    with pytest.raises(ValueError, match=r"none of \d+ reviews has a rating of 6"):
        build_corpus(raw, tmp_path / "none", min_rating=6)
    with pytest.raises(FileNotFoundError, match="no finished corpus"):
        load_corpus(tmp_path / "none")
    (tmp_path / "items.jsonl.gz").write_bytes(b"")
    with pytest.raises(ValueError, match="items.jsonl.gz' is not as it was written"):
        load_corpus(tmp_path)


def test_a_table_of_ones_own(tmp_path):
    reviews, items = tmp_path / "r.csv", tmp_path / "i.tsv"
    rows = ['007,1,5,"Good, NA\nindeed",2020-01-02', "007,2,3.5,NA,1577923200", ",2,5,x,", "8,2,many,x,"]
    reviews.write_text("\n".join(["who,item,rating,text,time", *rows, ""]))
    items.write_text("item\ttitle\tdescription\n1\tA film\tLong.\n")
    raw = read_table(reviews, items, {"user": "who"})
    assert raw.reviews.to_dict("records") == [
        {"user": "007", "item": "1", "rating": 5.0, "title": "", "text": "Good, NA\nindeed", "time": 1577923200},
        {"user": "007", "item": "2", "rating": 3.5, "title": "", "text": "NA", "time": 1577923200},
    ]
    assert raw.items.to_dict("records") == [{"item": "1", "title": "A film", "description": "Long."}]
    assert str(raw.skipped[str(reviews)]).startswith("2 of 4 lines skipped")
    assert read_table(reviews, columns={"user": "who"}).items["title"].tolist() == ["1", "2"]
    with pytest.raises(ValueError, match=r"has no column 'user', it has \['who'"):
        read_table(reviews)
    with pytest.raises(ValueError, match="has no column 'words'"):
        read_table(reviews, columns={"user": "who", "text": "words"})
    with pytest.raises(FileNotFoundError, match="there is no file"):
        read_table(tmp_path / "no.csv")


def test_the_manifest_is_json(raw, tmp_path):
    manifest = build_corpus(raw, tmp_path).manifest
    written = json.loads((tmp_path / "manifest.json").read_text())
    assert {**manifest, "format": 1, "hash": written["hash"]} == written


@pytest.mark.parametrize("split_by", ["last", "time"])
def test_a_corpus_is_split_by_time(raw, tmp_path, split_by):
    corpus = build_corpus(raw, tmp_path, k=2, split_by=split_by)
    rows = corpus.reviews
    train, held_out = rows[rows["split"] == "train"], rows[rows["split"] != "train"]
    if split_by == "time":
        assert train["time"].max() < held_out["time"].min()
        assert set(held_out["user"]) <= set(train["user"]) and set(held_out["item"]) <= set(train["item"])
    else:
        latest = train.groupby("user")["time"].max()
        assert (held_out["time"] >= held_out["user"].map(latest)).all()
    assert load_corpus(tmp_path).manifest["settings"]["split_by"] == split_by


def test_a_corpus_without_times_is_not_split_by_them(raw, tmp_path):
    timeless = type(raw)(raw.reviews.assign(time=0), raw.items, raw.skipped)
    with pytest.raises(ValueError, match="reviews have no time, by which 'split_by' 'last' splits"):
        build_corpus(timeless, tmp_path, k=2, split_by="last")


def test_an_unknown_way_to_split_is_named(raw, tmp_path):
    with pytest.raises(ValueError, match="'split_by' must be"):
        build_corpus(raw, tmp_path, k=2, split_by="latest")


def test_a_folder_of_an_earlier_version_opens(raw, tmp_path):
    corpus = build_corpus(raw, tmp_path, seed=1)
    expected = ReviewDataset(tmp_path)[0]
    manifest = read_manifest(tmp_path / "manifest.json", 1, "")
    del manifest["files"]["data.safetensors"], manifest["counts"]["with a text"]
    write_manifest(tmp_path / "manifest.json", manifest, 1)
    (tmp_path / "data.safetensors").unlink()
    data = ReviewDataset(tmp_path)[0]
    assert data.rows_with_text == expected.rows_with_text == [len(corpus.reviews)] * 2
    assert torch.equal(data[INTERACTS].edge_index, expected[INTERACTS].edge_index)
    assert torch.equal(data[INTERACTS][SEEN], expected[INTERACTS][SEEN])
    assert data["item"].title == expected["item"].title
