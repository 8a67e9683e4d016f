"""Tables as people have them."""

import pandas as pd
import pytest

from irllrec_pyg.corpus import interactions_from_table
from irllrec_pyg.data import INTERACTS


def reviews():
    rows = [
        (f"user {u}", f"item {(u * 3 + i) % 15}", 3 + (u + i) % 3, f"words {u} {i}")
        for u in range(6)
        for i in range(10)
    ]
    return pd.DataFrame(rows, columns=["UserID", "ASIN", "stars", "review"])


def test_usual_names_are_recognised():
    data = interactions_from_table(reviews())
    assert (data["user"].num_nodes, data["item"].num_nodes) == (6, 15)
    assert data["item"].original_id[0] == "item 0"


def test_names_can_be_given():
    frame = reviews().rename(columns={"UserID": "who", "ASIN": "what"})
    with pytest.raises(ValueError, match=r"looks like the user.*'who', 'what'.*columns=\{'user': .*--user COLUMN"):
        interactions_from_table(frame)
    data = interactions_from_table(frame, {"user": "who", "item": "what"})
    assert data["item"].num_nodes == 15
    with pytest.raises(ValueError, match="no column 'nobody'"):
        interactions_from_table(frame, {"user": "nobody", "item": "what"})
    with pytest.raises(ValueError, match=r"\['member'\]"):
        interactions_from_table(frame, {"member": "who"})


def test_only_training_reviews_are_read():
    frame = reviews()
    data = interactions_from_table(frame, seed=3)
    pairs = data[INTERACTS]
    names = {side: data[side].original_id for side in ("user", "item")}
    wrote = {(row.UserID, row.ASIN): row.review for row in frame.itertuples()}
    read = " ".join(data["item"].text) + " "
    for split, expected in ((pairs.edge_index, True), (pairs.val_label_index, False), (pairs.test_label_index, False)):
        for user, item in split.t().tolist():
            words = wrote[names["user"][user], names["item"][item]]
            assert (f"{words} " in read.replace(".", " ")) is expected
    assert "text" not in data["user"]


def test_titles_and_descriptions_are_the_first_that_are_not_empty():
    frame = reviews().drop(columns="review")
    frame["title"] = [None if row % 2 else f"The {item}" for row, item in enumerate(frame["ASIN"])]
    frame["description"] = ""
    data = interactions_from_table(frame)
    for name, title, text in zip(data["item"].original_id, data["item"].title, data["item"].text, strict=True):
        known = frame.loc[(frame["ASIN"] == name) & frame["title"].notna()]
        assert (title, text) == ((f"The {name}", f"The {name}") if len(known) else (name, ""))


def test_low_ratings_are_left_out():
    frame = reviews()
    frame.loc[frame["UserID"] == "user 0", "stars"] = 1
    assert interactions_from_table(frame)["user"].num_nodes == 5
    assert interactions_from_table(frame, min_rating=None)["user"].num_nodes == 6
    with pytest.raises(ValueError, match=r"'min_rating', 9.*highest is 5"):
        interactions_from_table(frame, min_rating=9)


def test_a_rating_that_is_no_number_is_named():
    frame = reviews().astype({"stars": object})
    frame.loc[4, "stars"] = "good"
    frame.loc[[9, 17], "stars"] = "fine"
    message = "column 'stars' holds 'good' in row 5 below the header, .*3 such rows.*--min-rating none"
    with pytest.raises(ValueError, match=message):
        interactions_from_table(frame)
    assert interactions_from_table(frame, min_rating=None)["user"].num_nodes == 6


@pytest.mark.parametrize("missing", [None, float("nan"), "", "  "])
def test_rows_without_a_rating_are_left_out(missing):
    frame, lines = reviews().astype({"stars": object}), []
    frame.loc[frame["UserID"] == "user 0", "stars"] = missing
    frame.loc[frame["UserID"] == "user 1", "stars"] = 2.5
    assert interactions_from_table(frame, progress=lines.append)["user"].num_nodes == 4
    left_out = "10 without a rating, 10 with a rating below 3.0"
    assert lines[1] == f"60 rows: {left_out}; 40 interactions of 4 users and 15 items remain"
    with pytest.raises(ValueError, match=r"no row has a rating \(column 'stars'\); .*min_rating=None"):
        interactions_from_table(frame[frame["UserID"] == "user 0"])


def test_a_decimal_comma_is_a_number():
    frame = reviews().astype({"stars": str})
    frame.loc[frame["UserID"] == "user 0", "stars"] = "2,5"
    assert interactions_from_table(frame)["user"].num_nodes == 5


@pytest.mark.parametrize("side", ["UserID", "ASIN"])
@pytest.mark.parametrize("missing", [None, float("nan"), "", " \t"])
def test_rows_without_an_id_are_left_out(side, missing):
    frame, lines = reviews(), []
    frame["year"] = frame["ASIN"].str.split().str[1].astype(int)
    frame.index = [0] * len(frame)  # an index says nothing
    frame[side] = [missing if row % 10 == 3 else value for row, value in enumerate(frame[side])]
    data = interactions_from_table(frame, item_columns=["year"], progress=lines.append)
    assert lines[1] == "60 rows: 6 without a user or an item; 54 interactions of 6 users and 15 items remain"
    assert data["user"].original_id == [f"user {u}" for u in range(6)]
    assert data["item"].year == [int(name.split()[1]) for name in data["item"].original_id]
    with pytest.raises(ValueError, match=r"no row has both a user \(column 'UserID'\) and an item \(column 'ASIN'\)"):
        interactions_from_table(frame.assign(**{side: missing}))


def test_whole_numbers_stay_whole_where_some_are_missing():
    frame = reviews()
    frame["UserID"] = frame["UserID"].str.split().str[1].astype(float)
    frame.loc[0, "UserID"] = None
    ids = interactions_from_table(frame)["user"].original_id
    assert ids == [*range(6)] and all(isinstance(value, int) for value in ids)
    halves = interactions_from_table(frame.assign(UserID=frame["UserID"] + 0.5))["user"].original_id
    assert halves == [value + 0.5 for value in range(6)]


def test_a_table_without_rows_is_named():
    with pytest.raises(ValueError, match="the table has no rows"):
        interactions_from_table(reviews().head(0))


def test_repeated_rows_are_counted_and_their_texts_read():
    frame, lines = reviews(), []
    interactions_from_table(pd.concat([frame, frame.head(7)]), progress=lines.append)
    assert lines[1] == "67 rows: 7 repeated; 60 interactions of 6 users and 15 items remain"
    lines.clear()
    interactions_from_table(frame, progress=lines.append)
    assert lines[1] == "60 rows: none left out; 60 interactions of 6 users and 15 items remain"


def test_errors_name_the_columns_of_the_table():
    frame = reviews().astype({"UserID": object})
    frame.loc[0, "UserID"] = 7
    with pytest.raises(ValueError, match="ids of column 'UserID' cannot be sorted"):
        interactions_from_table(frame)
    frame = reviews().assign(part="valid")
    with pytest.raises(ValueError, match="column 'part' holds 'valid'"):
        interactions_from_table(frame, {"split": "part"})


def test_a_given_split_is_kept():
    frame = reviews()
    frame["split"] = ["train"] * 7 + ["val"] + ["test"] * 2 + (["train"] * 8 + ["val", "test"]) * 5
    pairs = interactions_from_table(frame)[INTERACTS]
    assert (pairs.val_label_index.size(1), pairs.test_label_index.size(1)) == (6, 7)


def test_columns_of_items_are_kept():
    frame = reviews()
    number = frame["ASIN"].str.split().str[1].astype(int)
    frame["Category"] = [None if n == 4 else f"category {n % 3}" for n in number]
    frame.loc[::2, "Category"] = None  # one known entry of an item is enough
    frame.loc[::6, "Category"] = ""  # as a text file holds it
    frame["price"] = number * 1.5
    data = interactions_from_table(frame, item_columns=["Category", "price"])
    first = frame[frame["Category"].notna() & (frame["Category"] != "")].groupby("ASIN")["Category"].first()
    assert 0 < len(first) < 15
    for name, category, price in zip(
        data["item"].original_id, data["item"]["Category"], data["item"].price, strict=True
    ):
        assert category == first.get(name)
        assert price == 1.5 * int(name.split()[1])


def test_columns_of_items_follow_the_order_of_the_items_that_are_left():
    frame = reviews()
    frame["category"] = frame["ASIN"].str.upper()
    frame.loc[frame["ASIN"] == "item 3", "stars"] = 1
    data = interactions_from_table(frame, item_columns=["category"])
    assert "item 3" not in data["item"].original_id
    assert data["item"].category == [name.upper() for name in data["item"].original_id]
    assert isinstance(data["item"].category, list)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["categroy"], "'item_columns' names 'categroy', but the table has"),
        ("category", r"must be a list of columns .*give \['category'\]"),
        (["title"], "'item_columns' names 'title', which items have for other purposes"),
        (["category"], "column 'category' holds 'a' and 'b' for item 'item 0'; 'item_columns' need one value per item"),
    ],
)
def test_bad_columns_of_items(names, message):
    frame = reviews().assign(title="x", category="a")
    frame.loc[frame[frame["ASIN"] == "item 0"].index[-1], "category"] = "b"
    with pytest.raises(ValueError, match=message):
        interactions_from_table(frame, item_columns=names)


def test_low_ratings_are_kept_as_seen():
    frame = reviews()
    rated = frame.index[frame.index % 7 == 0]
    frame.loc[rated, "stars"] = 1
    frame.loc[rated[-1], "stars"] = None
    data = interactions_from_table(frame)
    users, items = data["user"].original_id, data["item"].original_id
    found = {(users[user], items[item]) for user, item in data[INTERACTS].seen_index.t().tolist()}
    low = frame[(frame["stars"].isna() | (frame["stars"] < 3)) & frame["ASIN"].isin(items)]
    assert found == set(low[["UserID", "ASIN"]].itertuples(index=False, name=None)) != set()
    assert "seen_index" not in interactions_from_table(frame, min_rating=None)[INTERACTS]


def test_a_split_by_time_reads_no_text_that_is_newer():
    frame = reviews().assign(date=[f"2024-{1 + row % 12:02}-{1 + row // 12:02}" for row in range(60)])
    frame["review"] = "written " + frame["date"]
    late = frame.iloc[:5].assign(date="2025-01-01", review="written 2025-01-01")  # pairs that are in training
    lines = []
    data = interactions_from_table(pd.concat([frame, late]), split_by="time", progress=lines.append)
    assert "time = date" in lines[0] and "5 repeated" in lines[1]
    written = [word for text in data["item"].text for word in text.split() if word.startswith("20")]
    held_out = data[INTERACTS].val_label_index.t().tolist()
    users, items = data["user"].original_id, data["item"].original_id
    when = {(row.UserID, row.ASIN): row.date for row in frame.itertuples()}
    assert len(written) == data[INTERACTS].edge_index.size(1)
    assert max(written) < min(when[users[user], items[item]] for user, item in held_out)


def test_times_are_read_where_a_split_needs_them():
    frame = reviews().assign(date="yesterday")
    lines = []
    interactions_from_table(frame, progress=lines.append)
    assert lines[0].endswith("not used: date")
    with pytest.raises(ValueError, match="column 'date' holds 'yesterday', which is no time"):
        interactions_from_table(frame, split_by="last")
    with pytest.raises(ValueError, match="no column looks like the time; .*--column time=COLUMN"):
        interactions_from_table(frame.drop(columns="date"), split_by="last")
