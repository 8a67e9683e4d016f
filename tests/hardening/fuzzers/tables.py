"""Tables of anyone's own: CSV for corpora, and CSV, JSON lines and Parquet for a search."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pandas as pd

from irllrec_pyg.corpus import RawReviews, read_table
from irllrec_pyg.search import load_data
from tests.hardening.damage import ODD_TEXTS, bomb, json_text, odd_bytes, odd_json, packed, to_bytes
from tests.hardening.part import PARTS, Case

from .json_lines import check_raw

_HEADER = ["user", "item", "rating", "time", "title", "text"]
_ODD_ROWS = ["a", "a,b", "a,b,4,5,t,x,more,more", 'a,b,4,5,"open', '"a,b', ",b,4,1,t,x", "a,,4,1,t,x", "a,b,,1,t,x"]
_ODD_ROWS += ["a,b,1e999,1,t,x", "a,b,NaN,1,t,x", "a,b,4,1e999,t,x", "a,b,4,soon,t,x", "a,b,4,0001-01-01,t,x"]
_ODD_ROWS += [
    "a\x1b[31m,b,4,1,t,x",
    "a,b,4,1,\u2028t,x",
    'b","',
    f"a,b,4,1,{'y' * 200_000},x",
    ",,,,,",
    " ",
    '"',
    "a,b,4,-1,t,x",
]
_ODD_ROWS += ["a,b,4,99999999999999999999999,t,x", "a,b,4,10000-01-01,t,x", "a,b,inf,inf,t,x", "\x00,\x00,4,1,t,x"]


@PARTS.register("csv")
class CSVTables:
    """Rows of every length and kind among good ones; other separators, encodings and line ends; packed files."""

    share = 45

    def __init__(self, folder: Path) -> None:
        bomb(b"\x00"), bomb(b"a,b\n"), bomb(b'b","\n')

    def case(self, rng: random.Random, folder: Path) -> Case:
        good = [f"good-{number},x,4,{number},T,fine" for number in range(6)]
        file, expected = folder / "mine.csv", [f"good-{number}" for number in range(6)]
        form = rng.random()
        if form < 0.5:
            rows, odd = list(good), rng.randrange(1, 4)
            for row in [rng.choice(_ODD_ROWS) for _ in range(odd)]:
                rows.insert(rng.randrange(len(rows) + 1), row)
            if "".join(rows).count('"') > 1:  # two of them may close each other
                expected = []
            content = to_bytes("\n".join([",".join(_HEADER), *rows]))
        elif form < 0.7:
            content = rng.choice([b"", b"\xef\xbb\xbf"]) + to_bytes("\n".join([",".join(_HEADER), *good]))
            content = content.replace(b",", rng.choice([b",", b"\t", b";", b"|"]))
            content = content.replace(b"\n", rng.choice([b"\n", b"\r\n", b"\r", b"\n\n"]))
            if rng.random() < 0.2:
                content = content.decode("utf-8-sig").encode("utf-16")
            if rng.random() < 0.4:
                suffix, content = packed(rng, content)
                file = folder / f"mine.csv{suffix}"
        elif form < 0.702:
            expected, file, head = [], folder / "mine.csv.gz", packed_header()
            content = head + bomb(rng.choice([b"\x00", b"a,b\n", b'b","\n']))
        else:
            expected = []
            content = odd_bytes(rng, to_bytes("\n".join([",".join(_HEADER), *good])))
            if rng.random() < 0.2:
                suffix, content = packed(rng, content)
                file, content = folder / f"mine.csv{suffix}", odd_bytes(rng, content)
        file.write_bytes(content)

        def check(raw: RawReviews) -> None:
            check_raw(raw)
            found = [name for name in raw.reviews["user"] if name.startswith("good-")]
            assert not expected or found == expected, f"good rows are read, {found}"

        return Case(lambda: read_table(file), (file.name,), check)


@PARTS.register("tables")
class Tables:
    """The files that ``irllrec fit`` and ``irllrec update`` take."""

    share = 25

    def __init__(self, folder: Path) -> None:
        rows = [(f"u{u}", f"i{(u + n) % 12}", 4.0, "T", "fine", 1000 + n) for u in range(8) for n in range(6)]
        self.frame = pd.DataFrame(rows, columns=["user", "item", "rating", "title", "text", "time"])
        self.frame.to_parquet(folder / "mine.parquet")
        self.parquet = (folder / "mine.parquet").read_bytes()
        bomb(b"\x00"), bomb(b"\n"), bomb(b"a,b\n")

    def case(self, rng: random.Random, folder: Path) -> Case:
        kind = rng.choice(["csv", "csv", "tsv", "jsonl", "jsonl", "json", "parquet"])
        records: Any = self.frame.to_dict("records")
        if kind == "parquet":
            content = self.parquet
        elif kind == "jsonl":
            lines = [json_text(rng, odd_json(rng, row) if rng.random() < 0.05 else row) for row in records]
            content = to_bytes("\n".join(lines))
        elif kind == "json":
            content = to_bytes(json.dumps(odd_json(rng, records) if rng.random() < 0.5 else records))
        else:
            frame = self.frame.astype(object)
            for _ in range(rng.randrange(3)):
                frame.iloc[rng.randrange(len(frame)), rng.randrange(6)] = rng.choice(ODD_TEXTS[:-8])
            content = to_bytes(frame.to_csv(index=False, sep="\t" if kind == "tsv" else ",", errors="ignore"))
            for _ in range(rng.randrange(2)):
                content += to_bytes(rng.choice(_ODD_ROWS) + "\n")
        if rng.random() < 0.4 or kind == "parquet":
            content = odd_bytes(rng, content)
        name = f"mine.{kind}"
        if kind != "parquet" and rng.random() < 0.2:
            suffix, content = packed(rng, content)
            name += suffix
            content = odd_bytes(rng, content) if rng.random() < 0.3 else content
            if rng.random() < 0.02:
                content = bomb(rng.choice([b"\x00", b"\n", b"a,b\n"]))
                name = f"mine.{kind}.gz"
        file = folder / name
        file.write_bytes(content)
        split_by = rng.choice(["random", "last", "time"])

        def check(data: Any) -> None:
            for side in ("user", "item"):
                assert len(set(data[side].original_id)) == data[side].num_nodes
            for name in ("title", "text"):
                if name in data["item"]:
                    assert all(type(text) is str for text in data["item"][name]), f"texts in {name}"

        return Case(
            lambda: load_data(file, split_by=split_by, progress=lambda line: None),
            (file.name, "column", "table", "row", "split_by", "'ratio'", "no user has", "users have", "min_rating"),
            check,
        )


def packed_header() -> bytes:
    """The header of a table, packed."""
    import gzip

    return gzip.compress((",".join(_HEADER) + "\n").encode())
