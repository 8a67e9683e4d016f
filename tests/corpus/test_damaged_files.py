"""Files as people have them: a damaged record is skipped and shown, and never stops the others."""

import bz2
import gzip
import io
import json
import lzma
import random

import pytest

from irllrec_pyg.corpus import read_amazon_2014, read_amazon_2023, read_table, read_yelp
from irllrec_pyg.corpus.csv_rows import csv_rows
from irllrec_pyg.corpus.lines import _bounded

GOOD = {
    "2023": {
        "user_id": "u",
        "parent_asin": "x",
        "rating": 4,
        "title": "T",
        "text": "t",
        "timestamp": 1_600_000_000_000,
    },
    "2014": {"reviewerID": "u", "asin": "x", "overall": 4, "summary": "T", "reviewText": "t", "unixReviewTime": 1},
    "yelp": {"user_id": "u", "business_id": "x", "stars": 4, "text": "t", "date": "2020-01-01 00:00:00"},
}
ITEM = {
    "2023": {"parent_asin": "x", "title": "A"},
    "2014": {"asin": "x", "title": "A"},
    "yelp": {"business_id": "x", "name": "A"},
}
READERS = {"2023": read_amazon_2023, "2014": read_amazon_2014, "yelp": read_yelp}
FIELDS = {  # user, rating, text, time
    "2023": ("user_id", "rating", "text", "timestamp"),
    "2014": ("reviewerID", "overall", "reviewText", "unixReviewTime"),
    "yelp": ("user_id", "stars", "text", "date"),
}


def read(source, tmp_path, field, value):
    """Reviews and skipped lines of a file whose third line has ``value``, as JSON, in one field."""
    good = json.dumps(GOOD[source])
    name = FIELDS[source][field]
    damaged = json.dumps({**GOOD[source], name: "@"}).replace('"@"', value)
    reviews, items = tmp_path / "r.jsonl", tmp_path / "i.jsonl"
    reviews.write_text(f"{good}\n\n{damaged}\n{good}\n", encoding="utf-8")
    items.write_text(json.dumps(ITEM[source]))
    raw = READERS[source](reviews, items)
    return raw.reviews, raw.skipped[str(reviews)]


@pytest.mark.parametrize("source", READERS)
@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        (0, "NaN", "an id is no text"),
        (0, "[1]", "an id is no text"),
        (0, "true", "an id is no text"),
        (0, '"  "', "an id is empty"),
        (0, '"a\\u001b[31m"', "an id holds control characters"),
        (1, "1e999", "a rating is no finite number"),
        (1, "NaN", "a rating is no finite number"),
        (1, "1" + "0" * 400, "a rating is no finite number"),
        (1, '"\\u001b[31mbad"', "a rating is no finite number"),
        (3, "1e999", ""),
        (3, "NaN", ""),
        (3, "null", ""),
        (3, "1" + "0" * 40, ""),
        (3, "1" + "0" * 5000, ""),
        (3, '"0000-01-01"', ""),
        (2, "[" * 100_000, ""),
    ],
)
def test_a_damaged_record_is_skipped(source, field, value, reason, tmp_path):
    reviews, skipped = read(source, tmp_path, field, value)
    assert len(reviews) == 2 and reviews["time"].dtype == "int64" and reviews["rating"].dtype == "float64"
    assert (skipped.lines, skipped.bad) == (3, 1)
    assert skipped.examples[0][0] == 3, "lines are counted as an editor does"
    assert skipped.examples[0][1].startswith(reason) and str(skipped).isprintable()


@pytest.mark.parametrize("source", READERS)
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1984", "1984"),
        ("NaN", ""),
        ("null", ""),
        ('"a\u2028b"', "a\u2028b"),
        ('"a\\u2028b\\u001b[2J"', "a\u2028b[2J"),
        ('"\\ud83d!"', "?!"),
    ],
)
def test_an_odd_text_is_read(source, value, text, tmp_path):
    reviews, skipped = read(source, tmp_path, 2, value)
    assert reviews["text"].tolist() == ["t", text, "t"] and skipped.bad == 0


@pytest.mark.parametrize("source", ["2023", "2014"])
def test_amazon_texts_have_no_markup(source, tmp_path):
    title, text = {"2023": ("title", "text"), "2014": ("summary", "reviewText")}[source]
    review = {**GOOD[source], title: "A &amp; B", text: "&#34;a&#34;<br />[[VIDEOID:1f]]b [[ASIN:1 c]]"}
    item = {**ITEM[source], "title": "Tom &amp; Jerry", "description": ["<b>Long</b>.<br>", "Slow."]}
    (tmp_path / "r.json").write_text(json.dumps(review))
    (tmp_path / "i.json").write_text(json.dumps(item))
    raw = READERS[source](tmp_path / "r.json", tmp_path / "i.json")
    assert raw.reviews[["title", "text"]].values.tolist() == [["A & B", '"a" b c']]
    assert raw.items[["title", "description"]].values.tolist() == [["Tom & Jerry", "Long. Slow."]]


def test_times_of_yelp_with_a_zone_and_of_year_one(tmp_path):
    reviews, skipped = read("yelp", tmp_path, 3, '"2020-01-01T02:00:00+02:00"')
    assert reviews["time"].nunique() == 1 and skipped.bad == 0
    reviews, _ = read("yelp", tmp_path, 3, '"0001-01-01 00:00:00"')
    assert reviews["time"].tolist()[1] == -62_135_596_800


@pytest.mark.parametrize("written", ["1500768743", "1500768743659", "1500768743659000", "2017-07-23 00:12:23"])
def test_times_of_a_table_have_any_usual_unit(written, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(f"user,item,rating,time\na,x,4,{written}\nb,x,4,0001-01-01\n")
    assert read_table(file).reviews["time"].tolist() == [1500768743, -62_135_596_800]


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
def test_a_damaged_archive_is_named_with_its_line(suffix, pack, tmp_path):
    file, items = tmp_path / f"r.jsonl{suffix}", tmp_path / "i.jsonl"
    items.write_text(json.dumps(ITEM["2023"]))
    rng = random.Random(0)
    lines = [json.dumps({**GOOD["2023"], "text": f"{rng.random()}"}) for _ in range(2000)]
    whole = pack("\n".join(lines).encode())
    file.write_bytes(whole)
    assert len(read_amazon_2023(file, items).reviews) == 2000
    damaged = [whole[: len(whole) // 2], b"{}", whole[:-6]]
    places = range(20, len(whole), len(whole) // 40)
    damaged += [whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :] for place in places]
    for content in damaged:
        file.write_bytes(content)
        with pytest.raises(ValueError, match=rf"r.jsonl{suffix}' is cut off .* after line \d+ .*fetch it again"):
            read_amazon_2023(file, items)


def test_other_archives_are_refused(tmp_path):
    (tmp_path / "r.csv.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(ValueError, match=r"packed as .zip, which is not read; unpack it"):
        read_table(tmp_path / "r.csv.zip")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,x", "2 cells, the header has 5"),
        ("a,x,4,5,t,more", "6 cells, the header has 5"),
        ("a,x,1e999,5,t", "a rating is no finite number"),
        ("a,x,NaN,5,t", "a rating is no finite number"),
        ("a,x,,5,t", "a rating is no finite number"),
        ("a,x,4,1e999,t", "a time is no number or date"),
        ("a,x,4,1e30,t", "a time is outside the years"),
        ("a,x,4,soon,t", "a time is no number or date"),
        (",x,4,5,t", "an id is empty"),
        ("a\x1b[31m,x,4,5,t", "an id holds control characters"),
        ('a,x,4,5,"open', "a quotation mark is not closed"),
        ('a,x,"4,5,open', "a quotation mark is not closed"),
        (f"a,x,4,5,{'y' * 140_000}", "field larger than field limit"),
    ],
)
def test_a_damaged_row_is_skipped(row, reason, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(f"user,item,rating,time,text\nb,x,4,6,fine\n{row}\nc,y,3,2020-01-02,\nd,y,3,,NA\n")
    raw = read_table(file)
    assert raw.reviews.values.tolist() == [
        ["b", "x", 4.0, "", "fine", 6],
        ["c", "y", 3.0, "", "", 1_577_923_200],
        ["d", "y", 3.0, "", "NA", 0],
    ]
    skipped = raw.skipped[str(file)]
    assert (skipped.lines, skipped.bad, skipped.examples[0][0]) == (4, 1, 3)
    assert skipped.examples[0][1].startswith(reason) and str(skipped).isprintable()
    assert raw.items["item"].tolist() == ["x", "y"]


def test_rows_that_are_odd_but_whole(tmp_path):
    file = tmp_path / "mine.csv"
    rows = ['a,x,4,"two\nlines, ""quoted"""', "b,x,4,a\u2028b\x07,", "   ", "", "c,x,4,"]
    file.write_text("\n".join(["\ufeffuser, item,rating,text", *rows]), encoding="utf-8")
    raw = read_table(file)
    assert raw.reviews["text"].tolist() == ['two\nlines, "quoted"', "a\u2028b", ""]
    assert raw.skipped[str(file)].bad == 0


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_the_separator_is_that_of_the_header(separator, tmp_path):
    rows = [["user", "item", "rating", "time", "text"], ["a", "x", "4", "0", "tutu, at"]]
    rows[1][4] = "tutu at" if separator == "," else rows[1][4]
    (tmp_path / "mine.csv").write_text("\n".join(map(separator.join, rows)))
    assert read_table(tmp_path / "mine.csv").reviews["text"].tolist() == rows[1][4:]


def test_files_that_are_no_table(tmp_path):
    file = tmp_path / "mine.csv"
    for content, reason in (
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"user,item,rating\n", r"no row with a user, an item and a rating \(0 of 0"),
        ("user,item,rating\nM\xfcller,x,4\n".encode("latin-1"), "an id is not in UTF-8; save the file in UTF-8"),
        (b"user,item,rating\nrow 1,a,x,4\n", "4 cells, the header has 3"),
        (bytes(range(256)), "has no column"),
    ):
        file.write_bytes(content)
        with pytest.raises(ValueError, match=reason):
            read_table(file)
    file.write_bytes("user,item,rating\nM\xfcller,x,4\n".encode("utf-16"))
    assert read_table(file).reviews["user"].tolist() == ["M\xfcller"]


def test_random_tables_lose_no_whole_row(tmp_path):
    rng = random.Random(0)
    file = tmp_path / "mine.csv"
    for _ in range(100):
        lines, whole, unclosed = [], [], rng.randrange(30)  # one quotation mark, for two may close each other
        for number in range(30):
            if number == unclosed:
                lines.append(rng.choice([f'bad,"{number}', f'"bad{number},1', f'bad,1,"{number}']))
            elif rng.random() < 0.3:
                lines.append(rng.choice(["bad", "bad,1,2,3"]))
            else:
                whole.append([f"u{number}", "i", "4"])
                lines.append(",".join(whole[-1]))
        file.write_text("\n".join(["user,item,rating", *lines, ""]))
        _, rows, skipped = csv_rows(file)
        assert [row for _, row in rows] == whole
        assert skipped.bad == len(lines) - len(whole)
        assert [lines[line - 2].split(",") for line, _ in rows] == whole


def test_the_first_damaged_row_is_shown(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("user,item,rating\na,x,many\n" + "short\n" * 9 + "b,x,4\n")
    skipped = read_table(file).skipped[str(file)]
    assert skipped.bad == 10 and [line for line, _ in skipped.examples] == [2, 3, 4, 5, 6]


def test_a_long_line_is_cut_one_character_after_the_limit():
    lines = _bounded(io.StringIO("abc\nabcdefgh\nab"), limit=3, room=100)
    assert [*lines] == [("abc\n", 4), ("abcd", 9), ("ab", 2)]
