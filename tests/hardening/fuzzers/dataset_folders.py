"""Folders of Last.fm and of Google."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.datasets import Google, LastFM
from tests.hardening.damage import copy_with_damage, json_text, odd_json, to_bytes
from tests.hardening.part import PARTS, Case


@PARTS.register("dataset-folders")
class DatasetFolders:
    """One damaged file, or one odd value in a line."""

    share = 60

    def __init__(self, folder: Path) -> None:
        self.folders = {LastFM: folder / "lastfm", Google: folder / "google"}
        for place in self.folders.values():
            place.mkdir()
        place = self.folders[LastFM]
        pairs = {user: [(user * 3 + n) % 14 for n in range(11)] for user in range(4)}
        (place / "train.txt").write_text(
            "".join(f"{u} {' '.join(map(str, items[:10]))}\n" for u, items in pairs.items())
        )
        (place / "test.txt").write_text("".join(f"{u} {items[10]}\n" for u, items in pairs.items()))
        self.items = [{"item": n, "artist": f"A{n}", "tags": ["pop"], "llm_summary": "S."} for n in range(14)]
        users = [{"user": n, "llm_summary": "S."} for n in range(4)]
        _write(place / "items.jsonl", self.items)
        _write(place / "users.jsonl", users)
        place = self.folders[Google]
        for name, shift in (("train", 0), ("val", 1), ("test", 2)):
            rows = [f"{user},{(user + shift) % 6}" for user in range(4)]
            (place / f"{name}.csv").write_text("\n".join(["user,item", *rows, ""]))
        _write(place / "items.jsonl", [{"item": n, "title": f"T{n}", "summary": "S."} for n in range(5)])

    def case(self, rng: random.Random, folder: Path) -> Case:
        dataset = rng.choice([*self.folders])
        name = copy_with_damage(rng, self.folders[dataset], folder)
        if rng.random() < 0.3:
            file = rng.choice(sorted(self.folders[dataset].glob("*.jsonl")))
            lines = [json.loads(line) for line in file.read_text().splitlines()]
            place = rng.randrange(len(lines))
            lines[place] = odd_json(rng, lines[place])
            name, target = file.name, folder / file.name
            for path in self.folders[dataset].iterdir():
                _restore(path, folder)
            target.write_bytes(b"".join(to_bytes(json_text(rng, line) + "\n") for line in lines))
        names = (name, "split", "interaction", "'train", "item", "user")
        return Case(lambda: dataset(folder)[0], names, _check)


def _restore(path: Path, folder: Path) -> None:
    target = folder / path.name
    if target.is_dir():
        target.rmdir()
    target.write_bytes(path.read_bytes())


def _write(file: Path, records: list[dict[str, Any]]) -> None:
    file.write_text("".join(json.dumps(record) + "\n" for record in records))


def _check(data: Any) -> None:
    pairs = data[INTERACTS].edge_index
    assert pairs[0].max() < data["user"].num_nodes and pairs[1].max() < data["item"].num_nodes
    for text in data["item"].text:
        assert type(text) is str
        text.encode()
