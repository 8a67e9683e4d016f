"""The examples run from end to end, small."""

import importlib.util
import pickle
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from conftest import random_pairs

from irllrec_pyg.datasets import AmazonMovie, SyntheticMovies, from_dataframe
from irllrec_pyg.training import load_model

EXAMPLES = Path(__file__).parents[2] / "examples"


def load(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["amazon_movie.py", *map(str, arguments)])
    load("amazon_movie").main()


@pytest.fixture
def small(monkeypatch):
    """Fewer synthetic movies than a newcomer sees."""
    monkeypatch.setattr(SyntheticMovies.__init__, "__defaults__", (40, 45, 0, None))


@pytest.mark.usefixtures("small")
def test_embedded_default(tmp_path, monkeypatch, tiny_encoder, capsys):
    run(monkeypatch, "--out", tmp_path, "--epochs", 3, "--encoder", tiny_encoder, "--control", "--seeds", 0, 1)
    printed = capsys.readouterr().out
    assert "SYNTHETIC" in printed and "texts shuffled" in printed and "ndcg@20 %" in printed
    assert "user 2: M" in printed
    assert (tmp_path / "synthetic.png").stat().st_size > 10_000
    rows = pd.read_csv(tmp_path / "synthetic.csv")
    assert len(rows) == 6 and rows["recall@20"].between(0, 1).all()
    data = SyntheticMovies(tmp_path / "synthetic")[0]
    model = load_model(tmp_path / "synthetic-lightgcn-seed0", data)
    assert model.num_users == 40


def test_published_layout_with_and_without_features(tmp_path, monkeypatch, capsys):
    pairs = random_pairs(30, 20, 120)
    frame = pd.DataFrame({"user": pairs[0], "item": pairs[1]})
    data = from_dataframe(frame, ratio=(2, 1, 1))
    sizes = data["user"].num_nodes, data["item"].num_nodes
    for name, key in (("trn", "edge_index"), ("val", "val_label_index"), ("tst", "test_label_index")):
        user, item = data["user", "interacts", "item"][key].numpy()
        matrix = sp.coo_matrix((np.ones(len(user)), (user, item)), shape=sizes)
        (tmp_path / f"{name}_mat.pkl").write_bytes(pickle.dumps(matrix))
    monkeypatch.setattr(AmazonMovie, "table1", (*sizes, pairs.size(1)))
    settings = ("--root", tmp_path, "--out", tmp_path / "runs", "--epochs", 2)
    run(monkeypatch, *settings)
    assert "the backbone is trained alone" in capsys.readouterr().out
    run(monkeypatch, *settings, "--method", "strong")
    assert "strong, seed 0" in capsys.readouterr().out
    files = [tmp_path / "user.npy", tmp_path / "item.npy"]
    for file, rows in zip(files, sizes, strict=True):
        np.save(file, np.random.rand(rows, 6).astype("float32"))
    run(monkeypatch, *settings, "--intents", *files)
    assert "lightgcn+irllrec" in capsys.readouterr().out


@pytest.mark.usefixtures("small")
def test_custom_model(tmp_path, capsys):
    load("custom_model").main(str(tmp_path), epochs=10)
    printed = capsys.readouterr().out
    assert "epoch  10" in printed and "says most about user 0" in printed
    assert len((EXAMPLES / "custom_model.py").read_text().splitlines()) < 120
