"""Folders of an index of items."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import torch

from irllrec_pyg._io import file_digest
from irllrec_pyg.recommender import ItemIndex
from tests.hardening.damage import damage_file, odd_bytes
from tests.hardening.part import PARTS, Case


@PARTS.register("indexes")
class Indexes:
    """A damaged file; or graph or tensors damaged, with size and hash in ``index.json`` as they then are."""

    share = 25

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "index"
        ItemIndex(torch.eye(8, 4), user_embedding=torch.ones(3, 4), threads=1).save(self.folder)

    def case(self, rng: random.Random, folder: Path) -> Case:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        config = folder / "index.json"
        file = rng.choice([config, *sorted(path for path in folder.iterdir() if path != config)])
        if file == config or rng.random() < 0.6:
            damage_file(rng, file)
        else:
            file.write_bytes(odd_bytes(rng, file.read_bytes()))
            content = json.loads(config.read_text())
            for entry in content["files"].values():
                if entry["name"] == file.name:
                    entry.update(bytes=file.stat().st_size, sha256=file_digest(file))
            config.write_text(json.dumps(content))
        return Case(lambda: _search(folder), (file.name, "index.json", "index-", str(folder)), _check)


def _search(folder: Path) -> Any:
    index = ItemIndex.load(folder, threads=1)
    return index, index.search(torch.ones(2, index.dim), k=min(2, len(index)))


def _check(found: Any) -> None:
    index, (items, scores) = found
    assert items.shape == scores.shape and items.max() <= index.num_items and items.min() >= 0
