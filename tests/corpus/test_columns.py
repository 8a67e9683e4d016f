"""Columns that are recognised."""

from pathlib import Path

import pandas as pd
import pytest

from irllrec_pyg.corpus.columns import COLUMNS, columns_note, find_columns


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            ["Customer ID", "product-id", "Product_Name", "Stars", "reviewText"],
            {"user": 0, "item": 1, "title": 2, "rating": 3, "text": 4},
        ),
        (["memberId", "SKU", "name", "comment", "score"], {"user": 0, "item": 1, "title": 2, "text": 3, "rating": 4}),
        (["user_id", "movieId", "rating", "timestamp"], {"user": 0, "item": 1, "rating": 2, "time": 3}),
        # The first name of the order counts: an id before a name, and the item's title before that of a review.
        (["customer_id", "product", "product_id"], {"user": 0, "item": 2}),
        (["title", "item_name", "user", "item"], {"user": 2, "item": 3, "title": 1}),
        (["parent_asin", "asin", "user_id"], {"user": 2, "item": 0}),
    ],
)
def test_usual_names(columns, expected):
    found = find_columns(pd.DataFrame(columns=columns))
    assert found == {ours: columns[position] for ours, position in expected.items()}


def test_no_name_means_two_things():
    names = [name.replace("_", "") for known in COLUMNS.values() for name in known]
    assert len(names) == len(set(names))


def test_a_given_column_is_not_recognised_as_another():
    frame = pd.DataFrame(columns=["name", "sku", "title"])
    assert find_columns(frame, {"user": "name"}) == {"user": "name", "item": "sku", "title": "title"}
    frame = pd.DataFrame(columns=["name", "sku"])
    assert find_columns(frame, {"user": "name"}) == {"user": "name", "item": "sku"}
    twice = {"user": "name", "title": "sku", "item": "sku"}
    assert find_columns(frame, twice) == twice


@pytest.mark.parametrize(
    ("columns", "given", "message"),
    [
        (["User", "user", "item"], {}, "columns 'User', 'user' both look like the user; .*--user COLUMN"),
        (["user", "item", "user"], {}, "columns 'user', 'user' both look like the user"),
        (["user", "item", "Stars", "stars"], {}, "both look like the rating; .*'rating'.*--column rating=COLUMN"),
        (["who", "item"], {}, r"no column looks like the user; the table has 'who', 'item'; .*--user COLUMN"),
        (["user", "x", "x"], {"item": "x"}, "several columns 'x'"),
        (["user", "id"], {"item": "user", "user": "user"}, "'user' for the user and for the item"),
        ([], {}, "the table has no columns"),
        (["user", "item"], {"stars": "item"}, r"'columns' names \['stars'\]; it can name user, item, rating"),
    ],
)
def test_nothing_is_guessed(columns, given, message):
    with pytest.raises(ValueError, match=message):
        find_columns(pd.DataFrame(columns=columns), given)


def test_note():
    frame = pd.DataFrame(columns=["customer_id", "product_id", "stars", "category", "votes", 7])
    note = columns_note(frame, find_columns(frame), ["category"])
    used = "user = customer_id, item = product_id, rating = stars"
    assert note == f"columns: {used}; kept for items: category; not used: votes, 7"
    assert columns_note(frame[["customer_id", "product_id"]], find_columns(frame[["customer_id", "product_id"]])) == (
        "columns: user = customer_id, item = product_id"
    )


def test_the_documentation_lists_the_names():
    page = (Path(__file__).parents[2] / "docs" / "howto" / "search.md").read_text(encoding="utf-8")
    for ours, names in COLUMNS.items():
        assert f"| `{ours}` | {', '.join(f'`{name}`' for name in names)} |" in page
