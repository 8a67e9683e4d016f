"""The plan of the results: what is missing, how long it takes, and that it can be run."""

import argparse
from pathlib import Path

import pandas as pd
import pytest
import torch

from benchmarks import __main__ as benchmarks
from benchmarks import measures, results, runs
from benchmarks.table2 import PAPER, ROW
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
    assert names(benchmarks.missing(pd.DataFrame(), plan)) == everything, "a closed form has one seed"
    frame = pd.DataFrame(everything[:2], columns=[*ROW, "seed"]).assign(identity=["a", None])
    assert names(benchmarks.missing(frame, plan)) == everything[1:]


def test_the_time_is_that_of_like_runs():
    rows = [("a", "x", "base", 10.0), ("a", "x", "kar", 30.0), ("a", "y", "kar", 50.0), ("b", "x", "base", 1.0)]
    frame = pd.DataFrame(rows, columns=[*ROW, "seconds"])
    assert benchmarks.seconds(frame, "a", runs.Case("y", "kar-shuffled")) == 50.0
    assert benchmarks.seconds(frame, "a", runs.Case("z", "kar")) == 40.0
    assert benchmarks.seconds(frame, "a", runs.Case("x", "irllrec")) == 20.0
    assert benchmarks.seconds(frame, "c", runs.Case("x", "base")) > 0
    assert benchmarks.seconds(pd.DataFrame(), "a", runs.Case("x", "base")) > 0


@pytest.mark.usefixtures("script")
def test_runs_of_the_plan_go_into_the_results(plan, tmp_path, monkeypatch):
    benchmarks.load.cache_clear()
    made = Recipe.from_preset
    monkeypatch.setattr(
        Recipe, "from_preset", lambda *given: made(*given).replace({"trainer.max_epochs": 1})
        if given[1] != "ease" else made(*given)
    )  # fmt: skip
    file = tmp_path / "table2.csv"
    args = argparse.Namespace(results=file, root=tmp_path, out=tmp_path / "out", encoder="tf-idf")
    while planned := next(benchmarks.missing(results.read(file), plan), None):
        benchmarks.train(planned, args, last=float("inf"))
    rows = pd.read_csv(file)
    assert rows.groupby(["backbone", "method"])["seed"].nunique().to_dict() == {
        ("ease", "base"): 1,
        ("lightgcn", "base"): 2,
        ("lightgcn", "text-ranking-random"): 1,
    }
    assert all(results.load_users(identity, tmp_path)["ndcg"].numel() for identity in rows["identity"].unique())
    ease = rows[rows["backbone"] == "ease"]
    values = results.load_users(ease["identity"].iloc[0], tmp_path)
    test = ease.query("split == 'test' and k == 20").set_index("metric")["value"]
    for metric in ("recall", "ndcg"):
        assert float(values[metric].mean()) == pytest.approx(test[metric], abs=1e-5)
    data = benchmarks.load("lastfm", tmp_path)
    train, label = data[INTERACTS].edge_index, data[INTERACTS].test_label_index
    users = sorted(label[0].unique().tolist(), key=lambda user: (int((train[0] == user).sum()), user))
    sparse = users[: -(-len(users) // 5)]
    kept = torch.isin(torch.tensor(sorted(users)), torch.tensor(sparse))
    torch.testing.assert_close(values[measures.SPARSE], values["ndcg"][kept])
    benchmarks.load.cache_clear()


def test_nothing_begins_after_the_last_moment(plan, tmp_path):
    planned = next(benchmarks.missing(pd.DataFrame(), plan))
    benchmarks.train(planned, argparse.Namespace(), last=0.0)


def test_every_row_of_the_plan_has_a_preset():
    entries = read_toml(benchmarks.PLAN)["rows"]
    for _, case, _ in benchmarks.missing(pd.DataFrame()):
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
