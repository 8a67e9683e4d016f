"""Fixtures of the suite: small data, small graphs, tiny language models, and the folder of real data."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import accelerate.utils.memory
import pandas as pd
import pytest
import torch
import torch_geometric.typing
from torch import Tensor

from irllrec_pyg.data import CONTROLS, JointGraph, make_data, set_features
from irllrec_pyg.datasets import DATASETS
from irllrec_pyg.models import BACKBONES, CLOSED_FORMS, ENHANCERS, STANDALONE
from irllrec_pyg.testing import save_tiny_llm
from irllrec_pyg.text import ANSWER_SCHEMA, ENCODERS

collect_ignore = ["devices/pretended.py"]  # what is imported registers a device; a test runs it in a process of its own
SHARED = Path(__file__).parents[2] / "shared"

if os.environ.get("WITHOUT_TORCH_SCATTER"):  # PyG's own switch: the suite must pass without the optional kernels
    torch_geometric.typing.WITH_TORCH_SCATTER = False


def shared(path: str) -> Path:
    """A file or folder of the shared material, or a skip that says what is missing."""
    if not (SHARED / path).exists():
        pytest.skip(f"needs {path}, which is not beside this checkout")
    return SHARED / path


# What does not ask for a device is compared with the CPU, on machines with an accelerator too.
os.environ.setdefault("ACCELERATE_USE_CPU", "1")
# Before each call of a language model accelerate collects garbage, which takes most of the time of a tiny one.
accelerate.utils.memory.gc = SimpleNamespace(collect=int)
torch.set_num_threads(1)  # small tensors gain nothing from more, and lose much where the machine is shared


@pytest.fixture(scope="session")
def device() -> torch.device:
    """The device of the tests that can run on any, from the environment variable ``IRLLREC_DEVICE``."""
    return torch.device(os.environ.get("IRLLREC_DEVICE", "cpu"))


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def random_pairs(num_users: int, num_items: int, count: int, seed: int = 0) -> Tensor:
    """Distinct (user, item) pairs in which every user has at least three items."""
    generator = torch.Generator().manual_seed(seed)
    first = torch.stack([torch.rand(num_items, generator=generator).argsort()[:3] for _ in range(num_users)])
    sure = torch.stack([torch.arange(num_users).repeat_interleave(3), first.flatten()])
    more = torch.stack([torch.randint(n, (count,), generator=generator) for n in (num_users, num_items)])
    return torch.cat([sure, more], dim=1).unique(dim=1)


@pytest.fixture
def data():
    """30 users, 20 items, with intent and profile features."""
    pairs = random_pairs(30, 20, 120)
    rank = torch.zeros(30, dtype=torch.long)
    part = torch.zeros(pairs.size(1), dtype=torch.long)
    for column, user in enumerate(pairs[0].tolist()):  # each user's second item is validated, the third is tested
        part[column] = min(int(rank[user]), 3)
        rank[user] += 1
    train = pairs[:, (part == 0) | (part == 3)]
    data = make_data(train, pairs[:, part == 1], pairs[:, part == 2], 30, 20, [f"u{n}" for n in range(30)])
    set_features(data, "intent", torch.randn(30, 12), torch.randn(20, 12))
    return set_features(data, "profile", torch.randn(30, 6), torch.randn(20, 6))


@pytest.fixture
def graph(data) -> JointGraph:
    """The joint graph of ``data``."""
    return JointGraph.from_data(data)


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory) -> Path:
    """Folder of a BERT of a few thousand random weights, with a tokenizer of single letters and pieces."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("encoder")
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(vocabulary), **sizes)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session", params=["llama", "mistral"])
def tiny_llm(request, tmp_path_factory) -> Path:
    """Folder of a tiny Llama, then of a tiny Mistral."""
    return save_tiny_llm(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory) -> Path:
    """Folder of a tiny Llama."""
    return save_tiny_llm(tmp_path_factory.mktemp("llama"), "llama")


@pytest.fixture
def short_answers(monkeypatch):
    """Short limits of the enforced form. A random model ends no text by itself, and the usual ones take minutes."""
    phrases = ANSWER_SCHEMA["properties"]["likes"]  # the same object as that of dislikes
    monkeypatch.setitem(phrases, "maxItems", 1)
    monkeypatch.setitem(phrases["items"], "maxLength", 3)
    monkeypatch.setitem(ANSWER_SCHEMA["properties"]["intent"], "maxLength", 12)


@pytest.fixture
def script(tmp_path, monkeypatch, data):
    """Runs a benchmark script over a small dataset, and returns the results that it wrote."""
    set_features(data, "intent", torch.randn(30, 40), torch.randn(20, 40))
    monkeypatch.setattr("benchmarks.arguments.load", lambda args: data)
    monkeypatch.setattr("irllrec_pyg.text.encoders.text_features", _features_of_the_data)

    def call(name, *arguments):
        file = tmp_path / "results" / f"{name}.csv"
        figure = [] if name in ("coverage", "table2", "tune") else [name]
        module = importlib.import_module(f"benchmarks.{'figures' if figure else name}")
        monkeypatch.setattr(sys, "argv", [name, *figure, *map(str, arguments), "--results", str(file)])
        module.main()
        return pd.read_csv(file)

    return call


def _features_of_the_data(data, encoder, folder=None):
    """Stands for the encoder of a language model, which would take a while."""
    return data["user"].intent, data["item"].intent


@pytest.fixture
def own_registrations(monkeypatch) -> None:
    """What the test registers is forgotten afterwards."""
    for registry in (BACKBONES, CLOSED_FORMS, CONTROLS, DATASETS, ENCODERS, ENHANCERS, STANDALONE):
        monkeypatch.setattr(registry, "_entries", dict(registry.items()))
