"""The items that recommendations are limited to."""

import numpy as np
import pandas as pd
import pytest
import torch

from irllrec_pyg.recommender.among import item_columns, item_mask
from irllrec_pyg.testing import tiny_data


@pytest.fixture
def data():
    data = tiny_data()
    data["item"].category = ["books", "films", "music", None] * 5
    data["item"].year = torch.arange(1990, 2010)
    data["item"].genres = [["drama"], ["drama", "crime"], [], ["comedy"]] * 5
    data["item"].note = ["shorter than the items"]
    return data


def chosen(data, among):
    return item_mask(data, among).nonzero().flatten().tolist()


def test_columns_have_one_value_per_item(data):
    assert sorted(item_columns(data)) == ["category", "genres", "original_id", "year"]


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series])
def test_ids(data, kind):
    assert chosen(data, kind(["item 7", "item 2"])) == [2, 7]


def test_nodes_where_there_are_no_ids():
    data = tiny_data()
    del data["item"].original_id
    assert chosen(data, [7, 2]) == chosen(data, torch.tensor([2, 7])) == [2, 7]


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series, torch.tensor])
def test_masks(data, kind):
    assert chosen(data, kind([item % 5 == 1 for item in range(20)])) == [1, 6, 11, 16]


@pytest.mark.parametrize(
    ("among", "matches"),
    [
        ({"category": "books"}, lambda item: item % 4 == 0),
        ({"category": ["books", "music"]}, lambda item: item % 2 == 0),
        ({"category": None}, lambda item: item % 4 == 3),
        ({"year": 1993}, lambda item: item == 3),
        ({"year": torch.tensor([1990, 1991])}, lambda item: item < 2),
        ({"genres": "drama"}, lambda item: item % 4 < 2),
        ({"genres": ["crime", "comedy"]}, lambda item: item % 4 in (1, 3)),
        ({"category": ["books", "films"], "genres": "crime"}, lambda item: item % 4 == 1),
        ({}, lambda item: True),
    ],
)
def test_columns(data, among, matches):
    assert chosen(data, among) == [item for item in range(20) if matches(item)]


@pytest.mark.parametrize(
    ("among", "message"),
    [
        (["item 1", "itm 2"], "'among' holds 'itm 2', but there is no such item"),
        ("item 1", r"'among' must be a list of ids .*give \['item 1'\]"),
        ([True] * 19, r"'among' is a mask of shape \[19\], but there are 20 items"),
        (torch.ones(20, 2, dtype=torch.bool), r"mask of shape \[20, 2\]"),
        ([False] * 20, "'among' leaves no item"),
        ([], "'among' leaves no item"),
        ({"category": []}, "'among' leaves no item"),
        ({"category": "books", "genres": "crime"}, "'among' leaves no item"),
        ({"brand": "x"}, "the column 'brand', but the items have 'category', 'genres', 'original_id', 'year'"),
        ({"category": ["books", "film"]}, "the value 'film' for 'category', which no item has; did you mean 'films'"),
        ({"year": 1889}, "the value 1889 for 'year'.*did you mean 19"),
    ],
)
def test_bad_filters(data, among, message):
    with pytest.raises(ValueError, match=message):
        item_mask(data, among)
