"""Files of features: ``.npy``, ``.safetensors`` and pickles."""

from __future__ import annotations

import io
import pickle
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from irllrec_pyg.datasets import load_features
from tests.hardening.damage import odd_bytes
from tests.hardening.part import PARTS, Case

_HEADERS = [
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 4), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 4), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (3, 4), }",
    "{'descr': '<U9', 'fortran_order': False, 'shape': (3, 4), }",
    "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (12,), }",
    "{'descr': '<f4', 'fortran_order': 1, 'shape': (3, 4), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': 'x', }",
    "{'descr': ('<f4', (3000000, 4000)), 'fortran_order': False, 'shape': (3, 4), }",
    "{'descr': '<c8', 'fortran_order': False, 'shape': (3, 2), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (), }",
    "[" * 3000,
    "{" + "'a':{" * 400,
    "-" * 5000 + "1",
    "9" * 9000,
]


@PARTS.register("features")
class Features:
    """Damaged headers, sizes that are not there, types that are no numbers."""

    share = 80

    def __init__(self, folder: Path) -> None:
        array = np.arange(12, dtype="float32").reshape(3, 4)
        self.content = {".npy": _npy(array), ".pkl": pickle.dumps(array), ".safetensors": save({"x": torch.ones(3, 4)})}
        self.both = save({"user": torch.ones(3, 4), "item": torch.ones(2, 4)})

    def case(self, rng: random.Random, folder: Path) -> Case:
        suffix = rng.choice([".npy", ".npy", ".pkl", ".safetensors"])
        content = self.content[suffix]
        if suffix == ".npy" and rng.random() < 0.3:
            content = _with_header(rng.choice(_HEADERS), rng.choice([1, 2, 3]))
        elif suffix == ".npy" and rng.random() < 0.2:
            content = _npy(
                np.ones((3, 4), dtype=rng.choice(["int8", "float16", "float64", ">f4", "bool", "U3", "M8[s]"]))
            )
        if rng.random() < 0.8:
            content = odd_bytes(rng, content)
        file, other = folder / f"user{suffix}", folder / "other.npy"
        other.write_bytes(self.content[".npy"])
        if suffix == ".safetensors" and rng.random() < 0.3:
            file.write_bytes(odd_bytes(rng, self.both))
            return Case(lambda: load_features(file), (file.name,), _check)
        file.write_bytes(content)
        return Case(lambda: load_features([file, other]), (file.name,), _check)


def _check(found: Any) -> None:
    for feature in found:
        assert feature.dim() == 2 and feature.is_floating_point()
        feature.float().sum()


def _npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def _with_header(text: str, version: int) -> bytes:
    size = len(text).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + size + text.encode() + b"\x00" * 48
