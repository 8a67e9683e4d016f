"""Folders that ``build_corpus`` wrote, with features."""

from __future__ import annotations

import gzip
import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from irllrec_pyg._io import file_digest
from irllrec_pyg._manifest import read_manifest, write_manifest
from irllrec_pyg.corpus import load_corpus, write_feature_manifest
from irllrec_pyg.datasets import ReviewDataset
from irllrec_pyg.testing import tiny_corpus
from tests.hardening.damage import damage_file, json_text, odd_json, to_bytes
from tests.hardening.part import PARTS, Case


@PARTS.register("corpora")
class Corpora:
    """A damaged file, or odd values in reviews whose hash is as the manifest says."""

    share = 15

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "corpus"
        corpus = tiny_corpus(self.folder, num_users=4)
        shutil.rmtree(self.folder / "raw")
        features = self.folder / "features"
        features.mkdir()
        files = {}
        for side in ("user", "item"):
            file = features / f"{side}.npy"
            np.save(file, np.ones((corpus.data[side].num_nodes, 3), dtype="float32"))
            files[side] = file
        _write_manifest(self.folder, corpus, files)

    def case(self, rng: random.Random, folder: Path) -> Case:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        if rng.random() < 0.5:
            files = sorted(path for path in folder.rglob("*") if path.is_file())
            file = rng.choice([folder / "manifest.json", folder / "features" / "manifest.json", *files])
            damage_file(rng, file)
            return Case(
                lambda: ReviewDataset(folder)[0],
                (file.name, "features", "manifest", "reviews.jsonl.gz", str(folder)),
                _check,
            )
        name = rng.choice(["reviews.jsonl.gz", "items.jsonl.gz"])
        with gzip.open(folder / name) as stream:
            rows = [json.loads(line) for line in stream]
        for _ in range(rng.randrange(1, 3)):
            place = rng.randrange(len(rows))
            rows[place] = odd_json(rng, rows[place])
        with gzip.open(folder / name, "wb") as stream:
            stream.write(b"".join(to_bytes(json_text(rng, row) + "\n") for row in rows))
        manifest = read_manifest(folder / "manifest.json", 1, "")
        manifest["files"][name] = file_digest(folder / name)
        write_manifest(folder / "manifest.json", manifest, 1)
        shutil.rmtree(folder / "features")
        return Case(lambda: (load_corpus(folder), ReviewDataset(folder)[0])[1], (name, str(folder)), _check)


def _write_manifest(folder: Path, corpus: Any, files: dict[str, Path]) -> None:
    write_feature_manifest(folder, corpus, files, {"encoder": {"model": "m"}})


def _check(data: Any) -> None:
    assert all(type(title) is str for title in data["item"].title)
    for side in ("user", "item"):
        assert all(type(name) is str for name in data[side].original_id)
