"""Stores of answers."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

from irllrec_pyg.text import IntentAnswer, IntentStore, Record
from irllrec_pyg.text.generate import summary
from tests.hardening.damage import damage_file, json_text, odd_json, to_bytes
from tests.hardening.part import PARTS, Case


@PARTS.register("stores")
class Stores:
    """A damaged file of answers or of current keys, or one odd value in a record."""

    share = 60

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "store"
        store = IntentStore(self.folder)
        entities = ["user/u1", "item/i1", "item/i2"]
        answer = IntentAnswer(("wit",), ("gore",), "Wants wit.")
        store.add([Record(name, "k", "valid", 1, "{}", answer) for name in entities[:2]])
        store.add([Record(entities[2], "k", "failed", 2, "no", reason="no JSON object in the answer")])
        store.set_current(dict.fromkeys(entities, "k"))
        for lock in self.folder.glob("*.lock"):
            lock.unlink()

    def case(self, rng: random.Random, folder: Path) -> Case:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        file = folder / rng.choice(["answers-00000.jsonl", "answers-00000.jsonl", "current.json"])
        if rng.random() < 0.6 and file.suffix == ".jsonl":
            lines = file.read_bytes().split(b"\n")
            place = rng.choice([place for place, line in enumerate(lines) if line])
            lines[place] = to_bytes(json_text(rng, odd_json(rng, json.loads(lines[place]))))
            file.write_bytes(b"\n".join(lines))
        else:
            damage_file(rng, file)
        return Case(lambda: _use(folder), (file.name,), _check)


def _use(folder: Path) -> Any:
    store = IntentStore(folder)
    return store, store.answers(), summary(store), store.missing({"user/u1": "k"})


def _check(found: Any) -> None:
    store, answers, _, _ = found
    for record in store:
        assert type(record.entity) is str and record.state in ("valid", "repaired", "failed")
        assert (record.answer is None) == (record.state == "failed")
        words = [record.entity, record.text, record.reason]
        if record.answer is not None:
            words += [*record.answer.likes, *record.answer.dislikes, record.answer.intent]
        for word in words:
            word.encode()
            assert not {*word} & {*map(chr, range(32))} - {"\n", "\t"}, "no control characters"
    assert all(type(name) is str for name in answers)
