"""Folders of encoders as sentence-transformers saves them."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import torch

from irllrec_pyg.testing import save_tiny_llm
from irllrec_pyg.text import TextEncoder
from irllrec_pyg.text.encoders.sentence_modules import read_sentence_modules
from irllrec_pyg.text.local_model import find_model
from tests.hardening.damage import damage_file
from tests.hardening.part import PARTS, Case

_SETTINGS = {
    "modules.json": [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"},
        {"idx": 3, "name": "3", "path": "3_Normalize", "type": "sentence_transformers.models.Normalize"},
    ],
    "1_Pooling/config.json": {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True, "include_prompt": True},
    "2_Dense/config.json": {
        "in_features": 32,
        "out_features": 8,
        "bias": True,
        "activation_function": "torch.nn.modules.activation.Tanh",
    },
    "sentence_bert_config.json": {"max_seq_length": 64, "do_lower_case": False},
    "config_sentence_transformers.json": {"prompts": {"query": "query: "}, "default_prompt_name": "query"},
}


@PARTS.register("encoders")
class Encoders:
    """A damaged file of settings, or of the weights of the dense layer or the model."""

    share = 25

    def __init__(self, folder: Path) -> None:
        from safetensors.torch import save_file

        self.folder = folder / "encoder"
        save_tiny_llm(self.folder, num_hidden_layers=1)
        for name, content in _SETTINGS.items():
            file = self.folder / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(json.dumps(content))
        weights = {"linear.weight": torch.ones(8, 32), "linear.bias": torch.zeros(8)}
        save_file(weights, self.folder / "2_Dense" / "model.safetensors")

    def case(self, rng: random.Random, folder: Path) -> Case:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        is_whole = rng.random() < 0.15
        names = [*_SETTINGS, "2_Dense/model.safetensors"]
        others = ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"]
        file = folder / rng.choice(names + (others if is_whole else ["config.json"]))
        damage_file(rng, file)
        words = (file.name, str(folder), "'instruction'")
        if is_whole:
            return Case(lambda: TextEncoder(folder).encode(["wit", "calm"], progress=False), words, _check)
        return Case(lambda: read_sentence_modules(find_model(folder)), words)


def _check(features: Any) -> None:
    assert features.dim() == 2 and features.size(0) == 2 and features.isfinite().all()
