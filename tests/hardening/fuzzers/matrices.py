"""Pickled matrices, and folders of published datasets."""

from __future__ import annotations

import pickle
import random
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from irllrec_pyg.datasets import PublishedDataset
from irllrec_pyg.datasets.unpickle import load_matrix, load_pickle
from tests.hardening.damage import copy_with_damage, odd_bytes
from tests.hardening.part import PARTS, Case

#: Pickles of a few bytes that would fill the memory, run code, or never end.
HOSTILE = [
    b"\x80\x04\x8c" + b"\xff",
    b"\x80\x04\x8e" + (1 << 40).to_bytes(8, "little"),
    b"\x80\x02r\xff\xff\xff\x7f",
    b"\x80\x02]r\xff\xff\xff\x0f.",
    b"\x80\x02]r\xff\xff\xff\x3fh\x00.",
    b"\x80\x04\x95" + (1 << 62).to_bytes(8, "little") + b".",
    b"B\xff\xff\xff\xff",
    b"X\xff\xff\xff\x7f",
    b"\x8a\xff" + b"\xff" * 255 + b".",
    b"\x8b\xff\xff\xff\x7f" + b"\x01" * 40,
    b"cos\nsystem\n(S'true'\ntR.",
    b"(" * 100_000,
    b"]" + b"2" * 100 + b"\x85" * 50_000 + b".",
    b"I" + b"9" * 100_000 + b"\n.",
    b"L" + b"9" * 5000 + b"L\n.",
    b"\x80\x04" + b"]\x94" + b"(" + b"h\x00" * 5000 + b"e.",
    b"\x80\x05\x96" + (1 << 33).to_bytes(8, "little") + b".",
    b"p9999999999999\n.",
    b"]p300000000\n.",
]


class Tiny(PublishedDataset):
    """A dataset with the counts of the test's files."""

    table1 = (4, 6, 12)


@PARTS.register("matrices")
class Matrices:
    """Forged, cut and flipped pickles of matrices and arrays, and folders with one damaged file."""

    share = 90

    def __init__(self, folder: Path) -> None:
        self.pickles = []
        for protocol in (2, 4, 5):
            for make in (sp.coo_matrix, sp.csr_matrix, sp.csc_array, sp.coo_array):
                self.pickles.append(pickle.dumps(make(np.eye(5, 7)), protocol))
            for dtype in ("float32", ">f8", "int16", "bool"):
                self.pickles.append(pickle.dumps(np.ones((3, 4), dtype=dtype), protocol))
        self.dataset = folder / "published"
        self.dataset.mkdir()
        for name, shift in (("trn", 0), ("val", 1), ("tst", 2)):
            matrix = sp.coo_matrix(([1.0] * 4, ([0, 1, 2, 3], [(n + shift) % 6 for n in range(4)])), shape=(4, 6))
            (self.dataset / f"{name}_mat.pkl").write_bytes(pickle.dumps(matrix))
        (self.dataset / "item_text.jsonl").write_text(
            '{"item": 1, "title": "Emma", "description": "A matchmaker."}\n' * 3
        )

    def case(self, rng: random.Random, folder: Path) -> Case:
        if rng.random() < 0.25:
            name = copy_with_damage(rng, self.dataset, folder)
            names = (name, "_mat.pkl", "Tiny", "'train_pairs'", "splits", str(folder))
            return Case(lambda: Tiny(folder)[0], names, lambda data: _check_texts(data["item"].get("text", [])))
        content = rng.choice(self.pickles)
        kind = rng.random()
        if kind < 0.2:
            content = rng.choice(HOSTILE)
            content = odd_bytes(rng, content) if rng.random() < 0.3 else content
        elif kind < 0.9:
            content = odd_bytes(rng, content)
        file = folder / "matrix.pkl"
        file.write_bytes(content)
        return Case(lambda: rng.choice([load_pickle, load_matrix])(file), ("matrix.pkl",), _check_array)


def _check_texts(texts: Any) -> None:
    assert all(type(text) is str for text in texts)


def _check_array(found: Any) -> None:
    if isinstance(found, np.ndarray):
        assert found.dtype.kind in "fiub"
        return
    assert isinstance(found, sp.coo_array) and len(found.shape) == 2
    assert found.row.size == found.col.size == found.data.size
    if found.row.size:
        assert found.row.min() >= 0 and found.row.max() < found.shape[0]
        assert found.col.min() >= 0 and found.col.max() < found.shape[1]
