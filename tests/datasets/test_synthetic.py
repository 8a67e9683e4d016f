"""The embedded reviews: deterministic, in the right layout, and true to what was planted."""

import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Barrier

import pandas as pd
import pytest
import torch

from irllrec_pyg.corpus import read_amazon_2023, training_texts
from irllrec_pyg.corpus.texts import is_training
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.datasets import INTENTS, SyntheticMovies, write_reviews


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("movies")
    write_reviews(folder, 80, 60, seed=1)
    return folder


@pytest.fixture(scope="module")
def movies(folder):
    return SyntheticMovies(folder, 80, 60, seed=1)[0]


def test_the_same_seed_writes_the_same_bytes(folder, tmp_path):
    write_reviews(tmp_path / "again", 80, 60, seed=1)
    write_reviews(tmp_path / "other", 80, 60, seed=2)
    for name in ("reviews.jsonl", "meta.jsonl", "truth.json"):
        content = (folder / name).read_bytes()
        assert (tmp_path / "again" / name).read_bytes() == content
        assert (tmp_path / "other" / name).read_bytes() != content


def test_the_bytes_are_those_of_earlier_versions(tmp_path):
    write_reviews(tmp_path, 8, 40)
    found = {name: sha256((tmp_path / f"{name}.jsonl").read_bytes()).hexdigest()[:16] for name in ("reviews", "meta")}
    assert found == {"reviews": "102c39f3c76e08ff", "meta": "ac257b6fc8d370ed"}


def test_several_may_begin_at_once(tmp_path):
    """One writes, and the others wait for it."""
    start = Barrier(4)

    def load(_):
        start.wait()
        return SyntheticMovies(tmp_path / "movies", 80, 60)[0].num_edges

    with ThreadPoolExecutor(4) as pool:
        assert len({*pool.map(load, range(4))}) == 1


def test_layout_of_amazon_reviews_2023(folder):
    review = json.loads((folder / "reviews.jsonl").read_text().splitlines()[0])
    meta = json.loads((folder / "meta.jsonl").read_text().splitlines()[0])
    assert list(review) == ["user_id", "parent_asin", "rating", "title", "text", "timestamp", "verified_purchase"]
    assert list(meta) == ["parent_asin", "title", "description", "categories"]
    assert json.loads((folder / "truth.json").read_text())["synthetic"] is True


def test_people_pick_and_like_what_serves_them(folder, movies):
    planted = movies["user"].planted.float() @ movies["item"].planted.float().t() > 0
    user, item = movies[INTERACTS].edge_index
    assert planted[user, item].float().mean() > planted.float().mean() + 0.2
    reviews = read_amazon_2023(folder / "reviews.jsonl", folder / "meta.jsonl").reviews
    assert set(reviews["rating"]) == {1.0, 2.0, 3.0, 4.0, 5.0}
    assert movies["user"].planted.sum(1).unique().tolist() == [2, 3]
    assert len(set(reviews["text"])) > 0.8 * len(reviews), "texts are varied"


def test_a_user_s_text_names_their_intents(movies):
    names = list(INTENTS)
    for user in range(10):
        spoken = {i for i, name in enumerate(names) if any(p in movies["user"].text[user] for p in INTENTS[name])}
        assert spoken and spoken <= set(movies["user"].planted[user].nonzero().flatten().tolist())


def test_only_training_reviews_reach_the_texts(folder, movies):
    raw = read_amazon_2023(folder / "reviews.jsonl", folder / "meta.jsonl")
    reviews = raw.reviews = raw.reviews[raw.reviews["rating"] >= 3].copy()
    mask = is_training(reviews, movies)
    assert mask.sum() == movies[INTERACTS].edge_index.size(1)
    reviews.loc[~mask, "text"] = "LEAKED"
    for texts in training_texts(raw, movies):
        assert not any("LEAKED" in text for text in texts)
    reviews["text"] = "SEEN"
    assert all("SEEN" in text for text in training_texts(raw, movies)[0])
    stranger = pd.DataFrame({"user": ["nobody"], "item": [movies["item"].original_id[0]]})
    assert not is_training(stranger, movies).any()


def test_another_folder_s_arguments_are_refused(folder):
    with pytest.raises(ValueError, match="holds reviews made with"):
        SyntheticMovies(folder, 81, 60, seed=1)
    with pytest.raises(ValueError, match="at least 1 user and 40 items"):
        write_reviews(folder / "few", 5, 10)


def test_planted_truth_has_a_column_an_intent(movies):
    assert movies["item"].planted.shape == (movies["item"].num_nodes, len(INTENTS))
    assert movies["item"].planted.dtype == torch.bool


def test_titles_are_words(folder):
    titles = [json.loads(line)["title"] for line in (folder / "meta.jsonl").read_text().splitlines()]
    assert titles and all(word in (word.lower(), word.capitalize()) for title in titles for word in title.split())
