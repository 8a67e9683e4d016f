"""Commands that recommend and explain."""

import json

import pandas as pd
import pytest
import torch

from irllrec_pyg.recommender import Engine
from irllrec_pyg.recommender.exclude import taken_pairs


def test_recommend_prints_what_the_engine_recommends(engine, run):
    result = run("recommend", "engine", "--user", 103, "--user", 100, "--k", 2, "--json")
    assert result.exit_code == 0, result.output
    expected = engine.recommend([103, 100], k=2)
    rows = json.loads(result.stdout)
    assert [(row["user"], row["item"]) for row in rows] == [*zip(expected["user"], expected["item"], strict=True)]
    assert [row["score"] for row in rows] == pytest.approx(expected["score"].tolist())


def test_table_holds_the_titles(engine, run):
    lines = run("recommend", "engine", "--user", 103, "--k", 2).stdout.splitlines()
    assert lines[0].split() == ["user", "item", "rank", "score", "title"]
    for line, title in zip(lines[1:], engine.recommend([103], k=2)["title"], strict=True):
        assert line.endswith(title)


def test_all_users_without_a_user(engine, run):
    assert len(json.loads(run("recommend", "engine", "--k", 1, "--json").stdout)) == 24


@pytest.mark.parametrize(
    ("options", "allowed"),
    [
        (["--among", "genre=drama"], range(1, 20, 2)),
        (["--among", "genre=comedy", "--among", "genre=Drama"], range(20)),
        (["--among", "year=1991", "--item", "item 3", "--item", "item 4"], [3]),
        (["--item", "item 4"], [4]),
    ],
)
def test_only_some_items(engine, run, options, allowed):
    result = run("recommend", "engine", "--user", 100, "--k", 1, "--json", *options)
    assert result.exit_code == 0, result.output
    scores = engine.ranker.score(torch.tensor([0]))[0]
    taken = taken_pairs(engine.data)
    left = [item for item in allowed if item not in taken[1, taken[0] == 0].tolist()]
    best = {f"item {item}" for item in left if scores[item] == scores[left].max()}  # some scores are equal
    found = [row["item"] for row in json.loads(result.stdout)]
    assert len(found) == bool(left) and set(found) <= best


def test_someone_new(recorder, run):
    result = run("recommend", "engine", "--history", "item 3", "--text", "quiet", "--k", 4, "--diversity", 0.5)
    assert result.exit_code == 0, result.output
    assert recorder.calls == [("recommend_for", (["item 3"], "quiet", 4), {"diversity": 0.5})]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".jsonl"])
def test_lists_in_a_file(engine, run, tmp_path, suffix):
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    file = tmp_path / f"lists{suffix}"
    result = run("recommend", "engine", "--user", 103, "--k", 3, "--out", file)
    assert (result.exit_code, result.stdout) == (0, ""), "results are in the file"
    readers = {".csv": pd.read_csv, ".parquet": pd.read_parquet}
    readers |= {".tsv": lambda f: pd.read_csv(f, sep="\t"), ".jsonl": lambda f: pd.read_json(f, lines=True)}
    expected = engine.recommend([103], k=3)
    assert readers[suffix](file)["title"].tolist() == expected["title"].tolist()


@pytest.mark.parametrize(("side", "given", "ids"), [("item", "item 3", ["item 3"]), ("user", "103", [103])])
def test_similar(recorder, run, side, given, ids):
    assert run("similar", "engine", f"--{side}", given, "--k", 7).exit_code == 0
    assert recorder.calls == [(f"similar_{side}s", (ids, 7), {})]


def test_explain(engine, run, monkeypatch):
    class Reason:
        def __str__(self):
            return "Because you took 'Alien'."

        def to_dict(self):
            return {"user": 103, "score": 0.5}

    asked = []
    monkeypatch.setattr(Engine, "explain", lambda engine, user, item: asked.append((user, item)) or Reason())
    assert run("explain", "engine", 103, "item 3").stdout == "Because you took 'Alien'.\n"
    assert json.loads(run("explain", "engine", 103, "item 3", "--json").stdout) == {"user": 103, "score": 0.5}
    assert asked == [(103, "item 3")] * 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["recommend", "engine", "--user", "1003"], "'--user' holds '1003', but there is no such user"),
        (["recommend", "engine", "--history", "item x"], "'--history' holds 'item x', but there is no such item"),
        (["recommend", "engine", "--item", "item x"], "'--item' holds 'item x', but there is no such item"),
        (["recommend", "engine", "--among", "genre"], "'--among' takes COLUMN=VALUE (got 'genre')"),
        (["recommend", "engine", "--among", "color=red"], "'--among' names 'color', but the columns of items are"),
        (["recommend", "engine", "--among", "genre=drame"], "no item has genre 'drame'; its values are like Drama"),
        (["recommend", "engine", "--among", "genre=drama", "--item", "item 2"], "leave no item"),
        (["recommend", "engine", "--user", "103", "--k", "0"], "'k' must lie between 1"),
        (["recommend", "engine", "--user", "103", "--out", "lists.xls"], "must end in .csv, .tsv, .parquet, .jsonl"),
        (["similar", "engine", "--item", "item x"], "'--item' holds 'item x'"),
        (["explain", "engine", "nobody", "item 3"], "'USER' holds 'nobody'"),
        (["explain", "engine", "103", "nothing"], "'ITEM' holds 'nothing'"),
    ],
)
def test_mistakes_are_one_sentence(engine, run, arguments, message):
    result = run(*arguments)
    assert result.exit_code == 1 and result.stdout == ""
    assert result.stderr.startswith("irllrec: ") and message in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["recommend", "engine", "--user", "103", "--text", "quiet"],
        ["similar", "engine"],
        ["similar", "engine", "--user", "103", "--item", "item 3"],
        ["explain", "engine", "103"],
        ["evaluate", "engine", "--split", "train"],
        ["recommend", "engine", "--unknown"],
        ["nothing"],
    ],
)
def test_wrong_usage(engine, run, arguments):
    assert run(*arguments).exit_code == 2


def test_what_training_did_not_see_may_come_back(engine, run):
    everything = json.loads(run("recommend", "engine", "--user", 100, "--k", 20, "--json").stdout)
    found = json.loads(run("recommend", "engine", "--user", 100, "--k", 20, "--exclude", "history", "--json").stdout)
    held_out = {f"item {item}" for split in ("val", "test") for item in _items(engine, f"{split}_label_index")}
    assert {row["item"] for row in found} - {row["item"] for row in everything} == held_out != set()


def _items(engine, name):
    pairs = engine.data["user", "interacts", "item"][name]
    return pairs[1, pairs[0] == 0].tolist()
