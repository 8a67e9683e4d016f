"""Checkpoints of a training run."""

from __future__ import annotations

import json
import random
import struct
from pathlib import Path
from typing import Any

from irllrec_pyg.models import LightGCN
from irllrec_pyg.testing import tiny_data
from irllrec_pyg.training import Trainer
from tests.hardening.damage import json_text, odd_bytes, odd_json
from tests.hardening.part import PARTS, Case


@PARTS.register("checkpoints")
class Checkpoints:
    """Damaged bytes, and odd values in the description that the file holds."""

    share = 20

    def __init__(self, folder: Path) -> None:
        self.data, self.file = tiny_data(), folder / "run.safetensors"
        self._trainer(self.file, 1).fit()
        self.content = self.file.read_bytes()

    def _trainer(self, file: Path, max_epochs: int) -> Trainer:
        model = LightGCN(24, 20, 4, num_layers=1)
        return Trainer(
            model, self.data, max_epochs=max_epochs, eval_every=1, checkpoint=file, progress=False, k=(5, 20)
        )

    def case(self, rng: random.Random, folder: Path) -> Case:
        file, content = folder / "run.safetensors", self.content
        kind = rng.random()
        if kind < 0.45:
            content = odd_bytes(rng, content)
        elif kind < 0.95:
            size = struct.unpack("<Q", content[:8])[0]
            header = json.loads(content[8 : 8 + size])
            (key,) = [name for name in header["__metadata__"] if name.startswith("irllrec")]
            meta = json.loads(header["__metadata__"][key])
            header["__metadata__"][key] = json_text(
                rng, odd_json(rng, meta if rng.random() < 0.5 else _small(rng, meta))
            )
            packed = json.dumps(header).encode()
            content = struct.pack("<Q", len(packed)) + packed + content[8 + size :]
        file.write_bytes(content)
        return Case(lambda: self._trainer(file, 1).fit(), (file.name,), _check)


def _small(rng: random.Random, meta: dict[str, Any]) -> dict[str, Any]:
    """The description with damage to one part of it, however small."""
    name = rng.choice(sorted(meta))
    return {**meta, name: odd_json(rng, meta[name])}


def _check(result: Any) -> None:
    assert result.epoch == 1 and len(result.history) == 1
