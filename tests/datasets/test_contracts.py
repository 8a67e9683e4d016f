"""Every registered dataset whose files are here gives a valid data object."""

import pytest

from irllrec_pyg.corpus import build_corpus, read_amazon_2023
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.datasets import DATASETS, load_dataset, write_reviews
from irllrec_pyg.testing import check_dataset, tiny_data
from tests.conftest import shared

DOWNLOADED = ("amazon-book", "amazon-movie", "google", "lastfm", "yelp")


@pytest.mark.parametrize("name", DATASETS)
def test_contract(name, tmp_path):
    if name == "reviews":
        write_reviews(tmp_path / "raw", 40, 45)
        build_corpus(read_amazon_2023(tmp_path / "raw/reviews.jsonl", tmp_path / "raw/meta.jsonl"), tmp_path)
    folder = shared(f"data/{name}") if name in DOWNLOADED else tmp_path
    check_dataset(lambda: load_dataset(name, folder))


def test_titled_books_have_texts():
    data = load_dataset("amazon-book", shared("data/amazon-book"))
    assert sum(map(bool, data["item"].text)) == 2389


def test_unknown_names_come_with_similar_ones(tmp_path):
    with pytest.raises(ValueError, match=r"there is no dataset 'last-fm'; did you mean 'lastfm'\?"):
        load_dataset("last-fm", tmp_path)


@pytest.mark.parametrize("fault", ["a pair twice", "a cold user", "an id twice", "NaN"])
def test_the_contract_finds_faults(fault):
    data = tiny_data()
    if fault == "a pair twice":
        data[INTERACTS].val_label_index = data[INTERACTS].edge_index[:, :10]
    elif fault == "a cold user":
        data[INTERACTS].edge_index = data[INTERACTS].edge_index[:, data[INTERACTS].edge_index[0] > 0]
    elif fault == "an id twice":
        data["user"].original_id[1] = data["user"].original_id[0]
    else:
        data["item"].intent[3, 0] = float("nan")
    with pytest.raises(AssertionError):
        check_dataset(lambda: data)
