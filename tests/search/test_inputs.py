"""Data for a search."""

import codecs
import gzip
import json

import pandas as pd
import pytest

from irllrec_pyg.data import SPLIT_NAMES
from irllrec_pyg.search import load_data
from irllrec_pyg.search.tables import read_frame
from irllrec_pyg.testing import tiny_data


@pytest.fixture
def frame():
    pairs = [(user, (7 * user + item) % 30) for user in range(20) for item in range(10)]
    return pd.DataFrame([(f"u{user}", f"i{item}", f"{1990 + item % 3}") for user, item in pairs]).set_axis(
        ["user", "item", "year"], axis=1
    )


@pytest.mark.parametrize("suffix", [None, ".csv", ".jsonl", ".parquet"])
def test_columns_of_items_are_kept_from_every_kind_of_table(frame, tmp_path, suffix):
    table, write = frame, {".csv": frame.to_csv, ".jsonl": frame.to_json, ".parquet": frame.to_parquet}
    if suffix is not None:
        table = tmp_path / f"mine{suffix}"
        options = {"orient": "records", "lines": True} if suffix == ".jsonl" else {"index": False}
        write[suffix](table, **options)
    data = load_data(table, item_columns=["year"])
    assert data["item"].year == [f"{1990 + int(item[1:]) % 3}" for item in data["item"].original_id]


def test_columns_of_items_need_a_table(tmp_path):
    for data in (tiny_data(), tmp_path):
        with pytest.raises(ValueError, match=r"'item_columns' names columns of a table, but there is none"):
            load_data(data, item_columns=["year"])


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("user,item,note", 'ann,007,"a, b; c"'),
        ("user;item;note", 'ann;007;"a, b; c"'),
        ("user\titem\tnote", "ann\t007\ta, b; c"),
        ('user;item;"note"', 'ann;007;"a, b; c"'),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["mine.csv", "MINE.CSV", "mine.txt", "mine.csv.gz"])
def test_text_files_as_spreadsheets_write_them(tmp_path, header, row, encoding, name):
    content = f"{header}\r\n{row}\r\nzo\u00eb{row[3:]}\r\n".encode(encoding)
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    frame = read_frame(tmp_path / name)
    assert list(frame) == ["user", "item", "note"]
    assert frame.values.tolist() == [["ann", "007", "a, b; c"], ["zo\u00eb", "007", "a, b; c"]]


def test_separators_in_quoted_names_do_not_count(tmp_path):
    (tmp_path / "mine.csv").write_text('user,item,"one;two;\nthree;four"\nann,x,1\n')
    assert list(read_frame(tmp_path / "mine.csv")) == ["user", "item", "one;two;\nthree;four"]
    (tmp_path / "mine.tsv").write_text("a,b,c\td\nann,x\t1\n")
    assert list(read_frame(tmp_path / "mine.tsv")) == ["a,b,c", "d"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("mine.csv", b"", "is empty; give a file with"),
        ("mine.csv", b"\r\n \n", "is empty; give a file with"),
        ("mine.jsonl", b"", "is empty; give a file with"),
        ("mine.csv.gz", gzip.compress(b"", mtime=0), "is empty; give a file with"),
        (
            "mine.csv",
            "user,item\nzo\u00eb,x\n".encode("latin-1"),
            r"is not in UTF-8 after line \d+ .*; save it as UTF-8",
        ),
        ("mine.csv", codecs.BOM_UTF16_LE + b"u", r"is not in UTF-8 after line \d+ .*; save it as UTF-8"),
        (
            "mine.jsonl",
            '{"user": "zo\u00eb"}\n'.encode("latin-1"),
            r"is not in UTF-8 after line \d+ .*; save it as UTF-8",
        ),
        ("mine.xlsx", b"PK", r"must be a folder or a file that ends in .csv, .tsv, .txt"),
        ("mine.csv.gz", b"user,item\n", "is cut off or no gzip file"),
        ("mine.csv", b"user,item\na,b,c,d\n", "cannot be read: 1 of 1 lines skipped, the first in line 2: 4 cells"),
        ("mine.jsonl", b'{"user": 1}\n["', "cannot be read: |no column looks like the item"),
        ("mine.json", b"[1, 2]", "holds neither a list of objects nor columns; write one object per line"),
        ("mine.json", b"{", "cannot be read: .*; write one object per line"),
        ("mine.parquet", b"PAR1", "cannot be read: .*; write the file again"),
        ("mine.csv", b"user,item\n", "the table has no rows"),
    ],
)
def test_files_that_cannot_be_read_are_named(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        load_data(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mine.csv", "user,item,note\na,x,\na\na,x,1,2\nb,y,NA\n"),
        ("mine.tsv", "user\titem\tnote\na\tx\t\na\na\tx\t1\t2\nb\ty\tNA\n"),
        ("mine.jsonl", '{"user": "a", "item": "x", "note": ""}\n[]\n{"us\n{"user": "b", "item": "y", "note": "NA"}\n'),
    ],
)
def test_damaged_lines_are_skipped_and_shown(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    lines = []
    frame = read_frame(tmp_path / name, lines.append)
    assert frame.values.tolist() == [["a", "x", ""], ["b", "y", "NA"]]
    assert len(lines) == 1 and f"{name}': 2 of 4 lines skipped, the first in line " in lines[0]


def test_a_missing_title_is_no_word(frame, tmp_path):
    lines = [{"user": user, "item": item, "title": 7} for user, item in frame[["user", "item"]].values.tolist()]
    first = lines[0]["item"]
    text = "\n".join(json.dumps({**line, "title": float("nan")} if line["item"] == first else line) for line in lines)
    (tmp_path / "mine.jsonl").write_text(text + '\n{"user": "\\ud800", "item": "x"}\n')
    data = load_data(tmp_path / "mine.jsonl")
    assert set(data["item"].title) == {first, "7"} or set(data["item"].title) == {first, "7.0"}
    assert set(data["item"].text) == {"", "7"} or set(data["item"].text) == {"", "7.0"}


def test_lines_about_the_table(frame, tmp_path):
    frame["stars"] = ["2", "", "4", "5", "1"] * 40
    frame.loc[7, "user"] = None
    frame.to_csv(tmp_path / "mine.csv", index=False)
    lines = []
    data = load_data(tmp_path / "mine.csv", min_rating=2, progress=lines.append)
    assert lines[0] == "columns: user = user, item = item, rating = stars; not used: year"
    left_out = "1 without a user or an item, 40 without a rating, 40 with a rating below 2"
    assert lines[1].startswith(f"200 rows: {left_out}; 119 interactions of 20 users and ")
    assert lines[1].endswith(f" {data['item'].num_nodes} items remain")
    assert sum(data["user", "interacts", "item"][name].size(1) for name in SPLIT_NAMES.values()) == 119
    load_data(data, progress=lines.append)
    assert len(lines) == 2, "a data object is no table"
    frame.assign(text=["Good."] + [""] * 199).to_csv(tmp_path / "mine.csv", index=False)
    data = load_data(tmp_path / "mine.csv", min_rating=2, progress=lines.append)
    assert lines[-1] == "1 of 119 rows have a text" and data.rows_with_text == [1, 119]
