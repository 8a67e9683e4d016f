"""Raw readers: one table whatever the source, and no line that stops them."""

import gzip
import json

import pandas as pd
import pytest

from irllrec_pyg.corpus import k_core, read_amazon_2014, read_amazon_2023, read_yelp
from irllrec_pyg.corpus.records import ITEM_COLUMNS, REVIEW_COLUMNS

REVIEWS = {
    "2023": {
        "user_id": "007",
        "parent_asin": "0312367465",
        "rating": 4,
        "title": "Good",
        "text": "I laughed.",
        "timestamp": 1_600_000_000_123,
    },
    "2014": {
        "reviewerID": "007",
        "asin": "0312367465",
        "overall": 4.0,
        "summary": "Good",
        "reviewText": "I &quot;laughed&quot;.",
        "unixReviewTime": 1_600_000_000,
    },
    "yelp": {
        "user_id": "007",
        "business_id": "0312367465",
        "stars": 4,
        "text": "I laughed.",
        "date": "2020-09-13 12:26:40",
    },
}
ITEMS = {
    "2023": {"parent_asin": "0312367465", "title": "A film", "description": ["Long.", "Slow."]},
    "2014": {"asin": "0312367465", "title": "A film", "description": "Long. Slow."},
    "yelp": {"business_id": "0312367465", "name": "A film", "categories": "Cinemas, Bars", "city": "Reno"},
}
READERS = {"2023": read_amazon_2023, "2014": read_amazon_2014, "yelp": read_yelp}


def write(path, *lines):
    text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("source", READERS)
def test_one_table_whatever_the_source(source, suffix, tmp_path):
    files = write(tmp_path / f"r.json{suffix}", REVIEWS[source]), write(tmp_path / f"m.json{suffix}", ITEMS[source])
    raw = READERS[source](*files)
    assert tuple(raw.reviews) == REVIEW_COLUMNS and tuple(raw.items) == ITEM_COLUMNS
    row = raw.reviews.iloc[0]
    assert (row["user"], row["item"], row["rating"], row["time"]) == ("007", "0312367465", 4.0, 1_600_000_000)
    assert "laughed" in row["text"] and "&" not in row["text"]
    assert row["title"] == ("" if source == "yelp" else "Good")
    assert raw.items.iloc[0]["title"] == "A film"
    assert raw.items.iloc[0]["description"] == ("Cinemas, Bars; Reno" if source == "yelp" else "Long. Slow.")
    assert [skipped.bad for skipped in raw.skipped.values()] == [0, 0]


def test_bad_lines_are_counted_and_named(tmp_path):
    good = REVIEWS["2023"]
    without = {key: value for key, value in good.items() if key != "rating"}
    lines = [good, "{broken", without, "[1, 2]", {**good, "user_id": ""}, {**good, "rating": "often"}, "   ", good]
    reviews, meta = write(tmp_path / "r.jsonl", *lines), write(tmp_path / "m.jsonl", ITEMS["2023"], "\x00" * 5)
    raw = read_amazon_2023(reviews, meta)
    assert len(raw.reviews) == 2 and len(raw.items) == 1
    skipped = raw.skipped[str(reviews)]
    assert (skipped.lines, skipped.bad) == (7, 5), "blank lines count for nothing"
    assert [number for number, _ in skipped.examples] == [2, 3, 4, 5, 6]
    assert [reason for _, reason in skipped.examples][1:4] == [
        "no field 'rating'",
        "a record is an object (got list)",
        "an id is empty",
    ]
    assert str(skipped).startswith("5 of 7 lines skipped, the first in line 2: ")
    assert raw.skipped[str(meta)].bad == 1


def test_missing_words_are_empty(tmp_path):
    review = {**REVIEWS["2023"], "title": None}
    del review["text"]
    item = {"parent_asin": 5, "description": None}
    raw = read_amazon_2023(write(tmp_path / "r.jsonl", review), write(tmp_path / "m.jsonl", item))
    assert raw.reviews.iloc[0][["title", "text"]].tolist() == ["", ""]
    assert raw.items.iloc[0].tolist() == ["5", "", ""]


def test_python_notation_is_read_and_not_run(tmp_path):
    gone = tmp_path / "gone"
    attack = "{'asin': __import__('pathlib').Path('" + str(gone) + "').touch()}"
    lines = ["{'asin': 'A1', 'title': 'It\\'s', 'description': 'x'}", attack, "{'asin': " + "[" * 5000 + "}"]
    raw = read_amazon_2014(write(tmp_path / "r.json", REVIEWS["2014"]), write(tmp_path / "m.json", *lines))
    assert raw.items["title"].tolist() == ["It's"] and not gone.exists()
    assert raw.skipped[str(tmp_path / "m.json")].bad == 2


def test_files_that_are_wrong(tmp_path):
    meta = write(tmp_path / "m.jsonl", ITEMS["2023"])
    with pytest.raises(FileNotFoundError, match="there is no file"):
        read_amazon_2023(tmp_path / "none.jsonl", meta)
    with pytest.raises(ValueError, match=r"holds no record of the expected kind \(1 of 1 lines skipped.*no field"):
        read_amazon_2023(meta, meta)
    with pytest.raises(ValueError, match="holds no record"):
        read_amazon_2023(write(tmp_path / "empty.jsonl"), meta)
    lines = [{**REVIEWS["2023"], "user_id": str(number)} for number in range(5000)]
    whole = write(tmp_path / "r.jsonl.gz", *lines).read_bytes()
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "plain.jsonl.gz").write_text("{}")
    for name in ("cut.jsonl.gz", "plain.jsonl.gz"):
        with pytest.raises(ValueError, match="is cut off or no gzip file"):
            read_amazon_2023(tmp_path / name, meta)


def core_oracle(pairs, k):
    """Leaves out one node at a time."""
    pairs = set(pairs)
    while True:
        for side in (0, 1):
            for node in {pair[side] for pair in pairs}:
                mine = {pair for pair in pairs if pair[side] == node}
                if len(mine) < k:
                    pairs -= mine
                    break
            else:
                continue
            break
        else:
            return pairs


@pytest.mark.parametrize("seed", range(5))
def test_k_core_is_the_largest(seed):
    rng = __import__("random").Random(seed)
    pairs = [(rng.randrange(25), f"i{rng.randrange(15)}") for _ in range(110)]
    frame = pd.DataFrame(pairs, columns=["user", "item"])
    kept = k_core(frame, 3)
    assert set(kept.itertuples(index=False, name=None)) == core_oracle(pairs, 3)
    assert kept.equals(frame.loc[kept.index]), "rows are kept as they were, repeats too"


def test_k_core_that_is_empty():
    frame = pd.DataFrame({"user": [0, 1], "item": [0, 1]})
    with pytest.raises(ValueError, match="no 2-core: of 2 interactions none is left"):
        k_core(frame, 2)
    with pytest.raises(ValueError, match="'k' must be at least 1"):
        k_core(frame, 0)
