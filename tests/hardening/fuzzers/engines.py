"""Folders of engines and of models."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

from irllrec_pyg._io import file_digest
from irllrec_pyg.models import EASE, LightGCN
from irllrec_pyg.recommender import Engine, load_ids, load_model, save_model
from irllrec_pyg.testing import tiny_data
from tests.hardening.damage import damage_file, odd_bytes
from tests.hardening.part import PARTS, Case


@PARTS.register("engines")
class Engines:
    """A damaged file; or a table or tensors damaged, with size and hash in ``config.json`` as they then are."""

    share = 25

    def __init__(self, folder: Path) -> None:
        data = tiny_data()
        data["item"].title = [f"T{n}" for n in range(20)]
        data["item"].tags = [["a"], []] * 10
        self.folder = folder / "engine"
        Engine(EASE.from_data(data), data, {"note": "first"}).save_pretrained(self.folder)

    def case(self, rng: random.Random, folder: Path) -> Case:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        config = folder / "config.json"
        large = sorted(path for path in folder.iterdir() if path.suffix in (".parquet", ".safetensors"))
        kind = rng.random()
        if kind < 0.5:
            file = config
            damage_file(rng, file)
        elif kind < 0.7:
            file = rng.choice(large)
            damage_file(rng, file)
        else:
            file = rng.choice(large)
            file.write_bytes(odd_bytes(rng, file.read_bytes()))
            content = json.loads(config.read_text())
            for entry in content["files"].values():
                if entry["name"] == file.name:
                    entry.update(bytes=file.stat().st_size, sha256=file_digest(file))
            config.write_text(json.dumps(content))
        return Case(lambda: _recommend(folder), (file.name, str(folder), *(path.name for path in large)), _check)


@PARTS.register("models")
class Models:
    """Folders of ``save_model``."""

    share = 25

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "model"
        save_model(self.folder, LightGCN(24, 20, 4), tiny_data(), note="first")

    def case(self, rng: random.Random, folder: Path) -> Case:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        file = rng.choice([folder / "config.json", folder / "config.json", *folder.glob("tensors-*")])
        damage_file(rng, file)
        return Case(lambda: (load_model(folder), load_ids(folder)), (file.name, str(folder)))


def _recommend(folder: Path) -> Any:
    engine = Engine.from_pretrained(folder)
    return engine, engine.recommend(k=2)


def _check(found: Any) -> None:
    _, table = found
    assert len(table) and {"user", "item", "score"} <= {*table.columns}
