"""Reviews and items in JSON lines, as Amazon and Yelp publish them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np

from irllrec_pyg.corpus import RawReviews, read_amazon_2014, read_amazon_2023, read_yelp
from tests.hardening.damage import bomb, json_text, odd_bytes, odd_json, odd_value, packed, to_bytes
from tests.hardening.part import PARTS, Case

_AMAZON = {
    "user_id": "u",
    "parent_asin": "x",
    "rating": 4,
    "title": "T",
    "text": "Fine.",
    "timestamp": 1_600_000_000_123,
}
_OLD = {"reviewerID": "u", "asin": "x", "overall": 4, "summary": "T", "reviewText": "Fine.", "unixReviewTime": 9}
_YELP = {"user_id": "u", "business_id": "x", "stars": 4, "text": "Fine.", "date": "2020-01-01 00:00:00"}
#: Reader, a review, an item, and the names of user and item.
SOURCES: dict[str, tuple[Any, dict[str, Any], dict[str, Any], str, str]] = {
    "2023": (
        read_amazon_2023,
        _AMAZON,
        {"parent_asin": "x", "title": "A", "description": ["B"]},
        "user_id",
        "parent_asin",
    ),
    "2014": (read_amazon_2014, _OLD, {"asin": "x", "title": "A", "description": "B"}, "reviewerID", "asin"),
    "yelp": (read_yelp, _YELP, {"business_id": "x", "name": "A", "city": "B"}, "user_id", "business_id"),
}


def check_raw(raw: RawReviews) -> None:
    """What holds for reviews from any file."""
    reviews, items = raw.reviews, raw.items
    assert reviews["rating"].dtype == "float64" and np.isfinite(reviews["rating"]).all(), "ratings are finite"
    assert reviews["time"].dtype == "int64", "times are whole"
    for column in [reviews[name] for name in ("user", "item", "title", "text")] + [items[name] for name in items]:
        assert all(type(text) is str for text in column), "texts"
        joined = "".join(column)
        joined.encode()
        assert not {*map(chr, range(32))} - {"\n", "\t"} & {*joined}, "no control characters"
    for name in ("user", "item"):
        assert reviews[name].str.strip().ne("").all(), "ids are not empty"
    for skipped in raw.skipped.values():
        assert str(skipped).isprintable() and len(str(skipped)) < 1000
        assert (skipped.bad > 0) == bool(skipped.examples)


@PARTS.register("json-lines")
class JSONLines:
    """Damaged lines among good ones, damaged files, other forms of the same file, and packed files that expand."""

    share = 50

    def __init__(self, folder: Path) -> None:
        bomb(b"\x00"), bomb(b"\n"), bomb(b"[")

    def case(self, rng: random.Random, folder: Path) -> Case:
        reader, review, item, user, _ = SOURCES[rng.choice([*SOURCES])]
        good = [to_bytes(json_text(rng, {**review, user: f"good-{number}"})) for number in range(5)]
        about = [to_bytes(json.dumps(item))]
        files = [folder / "reviews.json", folder / "items.json"]
        form = rng.random()
        expected: list[str] | None = None
        if form < 0.6:  # bad lines among good ones
            lines = list(good)
            for _ in range(rng.randrange(1, 4)):
                lines.insert(rng.randrange(len(lines) + 1), _bad_line(rng, review))
            content, expected = rng.choice([b"\n", b"\n", b"\r\n"]).join(lines), [f"good-{n}" for n in range(5)]
            damaged = files[0]
        elif form < 0.75:  # another form of the same file
            content = rng.choice([b"\n", b"\r\n", b"\r", b"\n\n"]).join([*good, b""])
            content = rng.choice([b"", b"\xef\xbb\xbf"]) + content
            if rng.random() < 0.2:
                content = content.decode("utf-8-sig", errors="replace").encode("utf-16")
            damaged, expected = files[0], [f"good-{n}" for n in range(5)]
            if rng.random() < 0.5:
                suffix, content = packed(rng, content)
                damaged = files[0] = folder / f"reviews.json{suffix}"
        elif form < 0.85:  # a damaged packed file
            suffix, content = packed(rng, b"\n".join(good))
            content = odd_bytes(rng, content)
            damaged = files[0] = folder / f"reviews.json{suffix}"
        elif form < 0.852:
            damaged = files[0] = folder / "reviews.json.gz"
            content = bomb(rng.choice([b"\x00", b"\n", b"["]))
        else:
            content, damaged = odd_bytes(rng, b"\n".join(good)), files[0]
        (files[0]).write_bytes(content)
        files[1].write_bytes(b"\n".join(about))
        if expected is None and form > 0.95:  # the same for the file of items
            files = [folder / "r.json", folder / "reviews.json"]
            files[0].write_bytes(b"\n".join(good))
            files[1].write_bytes(odd_bytes(rng, b"\n".join(about * 3)))
            damaged = files[1]

        def check(raw: RawReviews) -> None:
            check_raw(raw)
            if expected is not None:
                found = [name for name in raw.reviews["user"] if name.startswith("good-")]
                assert found == expected, f"good records are read, {found}"
                skipped = raw.skipped[str(damaged)]
                assert skipped.lines == len(raw.reviews) + skipped.bad, "bad records are counted"

        return Case(lambda: reader(*files), (damaged.name,), check)


def _bad_line(rng: random.Random, record: dict[str, Any]) -> bytes:
    """A line that may be damaged in any way, but is one line."""
    kind = rng.randrange(7)
    if kind < 4:
        line = to_bytes(json_text(rng, odd_json(rng, record)))
    elif kind == 4:
        line = odd_bytes(rng, to_bytes(json.dumps(record)))
    elif kind == 5:
        line = to_bytes(repr(odd_json(rng, record)))
    else:
        odd = [b"[" * 50_000, b'{"a":' * 5000, b"x" * 300_000, b"9" * 10_000, b"{'a': " + b"-" * 20_000 + b"1}"]
        line = rng.choice([*odd, b"\xff\x00", to_bytes(str(odd_value(rng))), b"{'a': (" * 3000])
    return line.replace(b"\n", b" ").replace(b"\r", b" ")
