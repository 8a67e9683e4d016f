"""Google local businesses: a small folder, faults in it, and the real files."""

import json

import numpy as np
import pytest

from irllrec_pyg.data import INTERACTS, statistics, text_mask
from irllrec_pyg.datasets import DATASETS, Google
from irllrec_pyg.testing import check_dataset
from irllrec_pyg.text import text_features
from tests.conftest import shared

SPLITS = {"train": [(0, 0), (1, 3), (2, 2), (0, 1), (1, 0)], "val": [(0, 2), (1, 1)], "test": [(2, 0), (0, 3)]}
ITEMS = [
    {"item": 2, "title": "Cafe ", "summary": "Friends of coffee."},
    {"item": 0, "title": "Park", "summary": ""},
]


@pytest.fixture
def folder(tmp_path):
    for name, pairs in SPLITS.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(["user,item", *(f"{user},{item}" for user, item in pairs)]))
    (tmp_path / "items.jsonl").write_text("\n".join(map(json.dumps, ITEMS)))
    return tmp_path


def test_small_folder(folder):
    data = Google(folder)[0]
    edges = data[INTERACTS]
    for attribute, name in (("edge_index", "train"), ("val_label_index", "val"), ("test_label_index", "test")):
        assert set(zip(*edges[attribute].tolist(), strict=True)) == set(SPLITS[name])
    assert (data["user"].num_nodes, data["item"].num_nodes) == (3, 4)
    assert list(data["user"].original_id) == [0, 1, 2] and list(data["item"].original_id) == [0, 1, 2, 3]
    assert data["item"].text == ["Park", "", "Cafe. Friends of coffee.", ""]
    assert data["item"].title == ["Park", "1", "Cafe", "3"]
    assert "text" not in data["user"]
    check_dataset(lambda: Google(folder)[0])
    assert Google(folder, transform=lambda data: data["item"].num_nodes)[0] == 4


def test_items_without_text_have_no_features(folder):
    user, item = text_features(Google(folder)[0], "tf-idf")
    assert text_mask(item).tolist() == [True, False, True, False] and text_mask(user).all()


def test_features_beside_it(folder, tmp_path):
    files = [tmp_path / "user.npy", tmp_path / "item.npy"]
    for file, rows in zip(files, (3, 4), strict=True):
        np.save(file, np.arange(rows * 2.0).reshape(rows, 2))
    data = Google(folder, intents=files)[0]
    assert data["user"].intent.shape == (3, 2) and data["item"].intent[3].tolist() == [6.0, 7.0]


@pytest.mark.parametrize("name", ["train.csv", "val.csv", "test.csv", "items.jsonl"])
def test_missing_files(folder, name):
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"Google needs .*; missing: {name}. Check the folder"):
        Google(folder)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("train.csv", "user,item\n0,0\n1,one\n", "train.csv', line 3: need a user and an item as numbers .*'one'"),
        ("val.csv", "user,item\n0,2,1\n", "val.csv', line 2: .*3 cells, the header has 2"),
        ("test.csv", "2,0\n0,3\n", "test.csv', line 1: .*the first line must be 'user,item'"),
        ("test.csv", "", "test.csv' is empty"),
        ("test.csv", "user,item\n\n", "test split is empty"),
        ("test.csv", "user,item\n2,-1\n", "test.csv', line 2: .*-1 is not one of"),
        ("val.csv", "user,item\n0,0\n", "train and val splits share 1 interactions"),
        ("items.jsonl", '{"item": 4, "title": "Bar"}', "items.jsonl', line 1: .*4 is not one of the 4"),
        ("items.jsonl", '{"item": 1, "title": "Bar"}\n{"item": 2}', "items.jsonl', line 2: need 'item' and 'title'"),
        ("items.jsonl", '{"item": 1.5, "title": "Bar"}', "items.jsonl', line 1: .*is a whole number"),
        ("train.csv", "user,item\n99999999999,0\n", "train.csv', line 2: .*is not one of"),
        ("items.jsonl", "{", "items.jsonl', line 1"),
    ],
)
def test_files_that_are_wrong(folder, name, content, message):
    (folder / name).write_text(content)
    with pytest.raises(ValueError, match=message):
        Google(folder)


def test_a_numeric_title_and_any_line_ends(folder):
    (folder / "items.jsonl").write_bytes(
        '\ufeff{"item": 1, "title": 7, "summary": "a\u2028b"}\r\n\r{"item": 0, "title": null}'.encode()
    )
    assert Google(folder)[0]["item"].text[:2] == ["", "7. a\u2028b"]


def test_explanations_are_not_read(folder):
    (folder / "explanations.jsonl").write_text('{"user": 0, "item": 0, "explanation": "LEAKED"}')
    assert "LEAKED" not in str(Google(folder)[0].to_dict())


def test_real_files():
    data = Google(shared("data/google"))[0]
    sizes = [data[INTERACTS][name].size(1) for name in ("edge_index", "val_label_index", "test_label_index")]
    assert (data["user"].num_nodes, data["item"].num_nodes, sizes) == (22_582, 16_557, [329_472, 41_184, 41_184])
    assert statistics(data)["interactions"] == sum(sizes)
    assert sum(map(bool, data["item"].text)) == 2_531
    assert data["item"].title[:2] == ["0", "1"] and data["item"].title[20] == "Japanese Garden"
    assert data["item"].text[20].startswith("Japanese Garden. Nature lovers")


def test_its_name():
    assert DATASETS["google"] is Google
