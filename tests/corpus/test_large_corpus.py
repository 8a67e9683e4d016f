"""A corpus of files larger than the memory is the one that tables in memory give."""

import gzip
import json
import random
import sys

import pytest
import torch

from irllrec_pyg.corpus import (
    build_corpus,
    corpus_from_rows,
    large_corpus,
    load_corpus,
    read_amazon_2014,
    read_amazon_2023,
    read_table,
    read_yelp,
)
from irllrec_pyg.corpus.formats import FORMATS
from irllrec_pyg.data import INTERACTS, SEEN

pytest.importorskip("duckdb")

WORDS = ["", "Fine.", "  ", "Würzig \U0001f600", 'A "quote"', "a\x00b", "x" * 400]
READERS = {"amazon-2023": read_amazon_2023, "amazon-2014": read_amazon_2014, "yelp": read_yelp, "csv": read_table}
KEYS = {
    "amazon-2023": ("user_id", "parent_asin", "rating", "title", "text", "timestamp"),
    "amazon-2014": ("reviewerID", "asin", "overall", "summary", "reviewText", "unixReviewTime"),
    "yelp": ("user_id", "business_id", "stars", "title", "text", "date"),
    "csv": ("user", "item", "rating", "title", "text", "time"),
}


def rows(seed, count=1500):
    """Reviews with repeated pairs, equal times, ids whose order depends on how texts are compared, and odd texts."""
    draw = random.Random(seed)
    users = [f"{prefix}{number}" for number in range(30) for prefix in ("U", "u", "é", "\U0001f600")]
    items = [f"{prefix}{number}" for number in range(40) for prefix in ("B", "\uffee")]
    for _ in range(count):
        pair = draw.choice(users), draw.choice(items)[: draw.choice((2, 9))]
        yield *pair, draw.choice((1, 2, 3.5, 4, 5)), draw.choice(WORDS), draw.choice(WORDS), draw.randrange(1, 300)


def write(folder, form, seed=0):
    """Files of reviews and items, with damaged lines, duplicate items, and items without reviews."""
    reviews, items = folder / f"reviews-{seed}.jsonl.gz", folder / f"items-{seed}.jsonl"
    times = {
        "amazon-2023": lambda time: time * 1000,
        "yelp": lambda time: f"1970-01-01 00:{time // 60:02}:{time % 60:02}",
    }
    records = [dict(zip(KEYS[form], row, strict=True)) for row in rows(seed)]
    for record in records:
        name = KEYS[form][-1]
        record[name] = times.get(form, lambda time: time)(record[name])
    known = sorted({record[KEYS[form][1]] for record in records})
    listed = [{KEYS[form][1]: id_, "title": f"T{place}", "name": f"T{place}"} for place, id_ in enumerate(known)]
    listed = [*listed[5:], *listed[9:12][::-1], {KEYS[form][1]: "unknown", "title": "None"}]
    if form == "csv":
        reviews, items = reviews.with_suffix(""), None
        lines = [
            ",".join(KEYS[form]),
            *(",".join(json.dumps(str(cell)).replace('\\"', '""') for cell in record.values()) for record in records),
        ]
        reviews.write_text("\n".join([*lines[:40], "short,row", *lines[40:], "u,b,many,,,1", ""]), encoding="utf-8")
        return reviews, items
    lines = [json.dumps(record) for record in records]
    with gzip.open(reviews, "wt", encoding="utf-8") as stream:
        stream.write("\n".join([*lines[:30], "{", *lines[30:], '{"rating": 5}']))
    items.write_text("\n".join(map(json.dumps, listed)))
    return reviews, items


def contents(folder):
    """All that a folder holds, but the time at which it was built."""
    manifest = json.loads((folder / "manifest.json").read_text())
    return {name: value for name, value in manifest.items() if name not in ("made", "hash")}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("split_by", "k"), [("random", 5), ("last", 4), ("time", 5)])
def test_the_same_folder_as_in_memory(tmp_path, form, split_by, k):
    reviews, items = write(tmp_path, form)
    options = {"k": k, "split_by": split_by, "ratio": (3, 1, 1), "seed": 4}
    raw = READERS[form](reviews, *([] if items is None else [items]))
    expected = build_corpus(raw, tmp_path / "memory", **options)
    corpus = large_corpus(form, reviews, items, tmp_path / "disk", **options)
    assert corpus.skipped == raw.skipped and corpus.reviews.empty
    assert contents(tmp_path / "disk") == contents(tmp_path / "memory"), "the same hashes of files, counts and sources"
    assert {file.name for file in (tmp_path / "disk").iterdir()} == {
        file.name for file in (tmp_path / "memory").iterdir()
    }
    assert sum(source["bad"] for source in expected.manifest["sources"].values()) == 2
    counts = expected.manifest["counts"]
    assert counts["reviews read"] > counts["rated high enough"] > counts["latest of their pair"]
    assert counts["latest of their pair"] > counts[f"in the {k}-core"] > 0 < counts["seen, but no interaction"]
    assert torch.equal(
        load_corpus(tmp_path / "disk", with_reviews=False).data[INTERACTS][SEEN], expected.data[INTERACTS][SEEN]
    )


def test_several_files_are_one_after_the_other(tmp_path):
    (first, items), (second, others) = write(tmp_path, "amazon-2023", 1), write(tmp_path, "amazon-2023", 2)
    with gzip.open(tmp_path / "both.jsonl.gz", "wb") as both:
        both.write(b"\n".join(gzip.decompress(file.read_bytes()) for file in (first, second)))
    items.write_text(f"{items.read_text()}\n{others.read_text()}")
    build_corpus(read_amazon_2023(tmp_path / "both.jsonl.gz", items), tmp_path / "memory")
    large_corpus("amazon-2023", [first, second], items, tmp_path / "disk")
    assert contents(tmp_path / "disk")["files"] == contents(tmp_path / "memory")["files"]
    assert set(contents(tmp_path / "disk")["sources"]) == {first.name, second.name, items.name}


def test_interactions_open_without_the_reviews(tmp_path):
    reviews, items = write(tmp_path, "amazon-2023")
    expected = build_corpus(read_amazon_2023(reviews, items), tmp_path / "corpus").data
    (tmp_path / "corpus" / "reviews.jsonl.gz").unlink()
    data = load_corpus(tmp_path / "corpus", with_reviews=False).data
    for side in ("user", "item"):
        assert data[side].original_id == expected[side].original_id and data[side].num_nodes == expected[side].num_nodes
    assert set(data[INTERACTS]) == set(expected[INTERACTS])
    assert all(torch.equal(data[INTERACTS][name], expected[INTERACTS][name]) for name in expected[INTERACTS])
    (tmp_path / "corpus" / "data.safetensors").write_bytes(b"x")
    with pytest.raises(ValueError, match="data.safetensors' is not as it was written"):
        load_corpus(tmp_path / "corpus", with_reviews=False)


def test_a_stopped_run_does_not_read_again(tmp_path, monkeypatch):
    reviews, items = write(tmp_path, "amazon-2023")
    build_corpus(read_amazon_2023(reviews, items), tmp_path / "memory", k=2)
    with pytest.raises(ValueError, match="no 99-core: of .* interactions none is left"):
        large_corpus("amazon-2023", reviews, items, tmp_path / "disk", k=99)
    assert {file.name for file in (tmp_path / "disk").iterdir()} == {"unfinished"}
    with monkeypatch.context() as patch:
        patch.setattr("irllrec_pyg.corpus.parquet_rows.write_parquet", None)
        large_corpus("amazon-2023", reviews, items, tmp_path / "disk", k=2)
    assert contents(tmp_path / "disk") == contents(tmp_path / "memory")


def test_other_files_are_read_again(tmp_path):
    reviews, items = write(tmp_path, "amazon-2023", 1)
    with pytest.raises(ValueError, match="none of 1500 reviews has a rating of 6"):
        large_corpus("amazon-2023", reviews, items, tmp_path / "disk", min_rating=6)
    reviews, items = write(tmp_path, "amazon-2023", 2)
    build_corpus(read_amazon_2023(reviews, items), tmp_path / "memory")
    large_corpus("amazon-2023", reviews, items, tmp_path / "disk")
    assert contents(tmp_path / "disk") == contents(tmp_path / "memory")


def test_what_can_go_wrong(tmp_path, monkeypatch):
    reviews, items = write(tmp_path, "amazon-2023")
    for wrong, match in (
        (("amazon", reviews, items), "'format' must be"),
        (("amazon-2023", [], items), "'reviews' names no file"),
        (("amazon-2023", reviews, None), "'items' is missing"),
        (("amazon-2023", [reviews, reviews], items), "a file is named twice"),
    ):
        with pytest.raises(ValueError, match=match):
            large_corpus(*wrong, tmp_path / "disk")
    for options, match in (
        ({"columns": {"user": "who"}}, "'columns' names columns of a csv"),
        ({"k": 0}, "'k' must be at least 1"),
        ({"memory_limit": "much"}, "'memory_limit' must be a size"),
        ({"split_by": "latest"}, "'split_by' must be"),
    ):
        with pytest.raises(ValueError, match=match):
            large_corpus("amazon-2023", reviews, items, tmp_path / "disk", **options)
    with pytest.raises(MemoryError, match="'memory_limit' '1MB' is too low"):
        large_corpus("amazon-2023", reviews, items, tmp_path / "disk", memory_limit="1MB")
    with pytest.raises(FileNotFoundError, match="there is no file"):
        large_corpus("amazon-2023", tmp_path / "no.jsonl", items, tmp_path / "disk")
    with pytest.raises(FileNotFoundError, match=r"there is no file 'reviews\*.parquet'"):
        corpus_from_rows(tmp_path, tmp_path / "disk")
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "duckdb", None)
        with pytest.raises(ImportError, match=r"pip install 'irllrec-pyg\[large\]'"):
            large_corpus("amazon-2023", reviews, items, tmp_path / "disk")
    large_corpus("amazon-2023", reviews, items, tmp_path / "disk")
    with pytest.raises(FileExistsError, match="holds a corpus already"):
        large_corpus("amazon-2023", reviews, items, tmp_path / "disk")
    assert load_corpus(tmp_path / "disk").reviews["user"].notna().all()
