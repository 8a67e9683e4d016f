"""The plan of the results: what is missing, how long it takes, and that it can be run."""

import argparse
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from benchmarks import __main__ as benchmarks
from benchmarks import measures, results, runs
from benchmarks import plan as planning
from benchmarks.plan import KEY
from benchmarks.table2 import PAPER
from irllrec_pyg._io import read_toml
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.recipes import Recipe

PLAN = """
[[rows]]
dataset = "lastfm"
backbones = ["lightgcn", "ease"]
methods = ["base"]
seeds = 2

[[rows]]
dataset = "lastfm"
text = "noise"
backbones = ["lightgcn"]
methods = ["text-ranking-random"]
seeds = 1
"""


@pytest.fixture
def plan(tmp_path):
    file = tmp_path / "plan.toml"
    file.write_text(PLAN)
    return file


def names(found):
    return [(entry["dataset"], case.backbone, case.method, seed) for entry, case, seed in found]


def test_what_has_no_identity_is_missing_in_the_order_of_the_plan(plan):
    everything = [
        ("lastfm", "lightgcn", "base", 0),
        ("lastfm", "ease", "base", 0),
        ("lastfm", "lightgcn", "base", 1),
        ("lastfm", "lightgcn", "text-ranking-random", 0),
    ]
    assert names(planning.missing(pd.DataFrame(), plan)) == everything, "a closed form has one seed"
    frame = pd.DataFrame(everything[:2], columns=KEY).assign(identity=["a", None])
    assert names(planning.missing(frame, plan)) == everything[1:]


def test_the_time_is_that_of_like_runs():
    rows = [("a", "x", "base", 10.0), ("a", "x", "kar", 30.0), ("a", "y", "kar", 50.0), ("b", "x", "base", 1.0)]
    frame = pd.DataFrame(rows, columns=[*KEY[:3], "seconds"])
    assert planning.seconds(frame, "a", runs.Case("y", "kar-shuffled")) == 50.0
    assert planning.seconds(frame, "a", runs.Case("z", "kar")) == 40.0
    assert planning.seconds(frame, "a", runs.Case("x", "irllrec")) == 20.0
    assert planning.seconds(frame, "c", runs.Case("x", "base")) > 0
    assert planning.seconds(pd.DataFrame(), "a", runs.Case("x", "base")) > 0


@pytest.mark.usefixtures("script")
def test_runs_of_the_plan_go_into_the_results(plan, tmp_path, monkeypatch):
    planning.load.cache_clear()
    made = Recipe.from_preset
    monkeypatch.setattr(
        Recipe, "from_preset", lambda *given: made(*given).replace({"trainer.max_epochs": 1})
        if given[1] != "ease" else made(*given)
    )  # fmt: skip
    file = tmp_path / "table2.csv"
    args = argparse.Namespace(results=file, root=tmp_path, out=tmp_path / "out", encoder="tf-idf")
    while planned := next(planning.missing(results.read(file), plan), None):
        planning.train(planned, args, last=float("inf"))
    rows = pd.read_csv(file)
    assert rows.groupby(["backbone", "method"])["seed"].nunique().to_dict() == {
        ("ease", "base"): 1,
        ("lightgcn", "base"): 2,
        ("lightgcn", "text-ranking-random"): 1,
    }
    assert all(measures.load_users(identity, tmp_path)["ndcg"].numel() for identity in rows["identity"].unique())
    ease = rows[rows["backbone"] == "ease"]
    values = measures.load_users(ease["identity"].iloc[0], tmp_path)
    test = ease.query("split == 'test' and k == 20").set_index("metric")["value"]
    for metric in ("recall", "ndcg"):
        assert float(values[metric].mean()) == pytest.approx(test[metric], abs=1e-5)
    data = planning.load("lastfm", tmp_path)
    train, label = data[INTERACTS].edge_index, data[INTERACTS].test_label_index
    users = sorted(label[0].unique().tolist(), key=lambda user: (int((train[0] == user).sum()), user))
    sparse = users[: -(-len(users) // 5)]
    kept = torch.isin(torch.tensor(sorted(users)), torch.tensor(sparse))
    torch.testing.assert_close(values[measures.SPARSE], values["ndcg"][kept])
    planning.load.cache_clear()


def test_processes_of_their_own_train_the_plan(tmp_path):
    """The command as a user runs it: other processes must find what they are to do."""
    file = tmp_path / "plan.toml"
    file.write_text('[[rows]]\ndataset = "synthetic"\nbackbones = ["lightgcn"]\nmethods = ["base"]\nseeds = 2\n')
    command = [sys.executable, "-m", "benchmarks", "run", "--plan", file, "--root", tmp_path, "--jobs", 2]
    command += ["--results", tmp_path / "table2.csv", "--out", tmp_path / "out"]
    found = subprocess.run([*map(str, command)], cwd=benchmarks.ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert set(pd.read_csv(tmp_path / "table2.csv")["seed"]) == {0, 1}
    assert not list(planning.missing(results.read(tmp_path / "table2.csv"), file))


def test_nothing_begins_after_the_last_moment(plan, tmp_path):
    planned = next(planning.missing(pd.DataFrame(), plan))
    planning.train(planned, argparse.Namespace(), last=0.0)


def test_every_row_of_the_plan_has_a_preset():
    entries = read_toml(planning.PLAN)["rows"]
    for _, case, _ in planning.missing(pd.DataFrame()):
        assert case.backbone and case.method
    for entry in entries:
        for backbone in entry["backbones"]:
            for method in entry["methods"]:
                args = argparse.Namespace(
                    dataset=entry["dataset"], encoder="x", intents=None, control=None, epochs=None
                )
                _, name = runs.recipe(runs.Case(backbone, method), args)
                assert name == method
    assert set(entries[0]) >= {"dataset", "backbones", "methods", "seeds"}


def test_every_picture_and_page_of_the_report_exists():
    assert all((benchmarks.ROOT / page).is_file() for page, _ in benchmarks.PAGES)
    assert all((benchmarks.COMMITTED / f"{name}.png").is_file() for name in benchmarks.PICTURES)
    assert Path(PAPER).is_file()
