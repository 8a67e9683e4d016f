"""Each example of a feature is the base script with a small difference, and runs."""

import difflib
import runpy
import sys
from pathlib import Path

import pandas as pd
import pytest
import uvicorn
from fastapi.testclient import TestClient

from irllrec_pyg.datasets import SyntheticMovies

EXAMPLES = Path(__file__).parents[2] / "examples"
BASE = EXAMPLES / "base.py"
FEATURES = sorted((EXAMPLES / "by_feature").glob("*.py"))

#: Lines of the base script that an example may lack, and lines that it may add, without its docstring.
MOST_REMOVED, MOST_ADDED = 6, 20
OWN = {"hpo": (13, 12)}  # trains several models in place of one


def difference(base: str, example: str) -> tuple[int, int]:
    """Lines of the base script that are missing from an example, and lines that are new in it."""
    before, after = (text.partition('"""\n\nfrom')[2].splitlines() for text in (base, example))
    marks = [line[:1] for line in difflib.ndiff(before, after)]
    return marks.count("-"), marks.count("+")


@pytest.mark.parametrize("file", FEATURES, ids=lambda file: file.stem)
def test_examples_are_small_differences_of_the_base(file):
    removed, added = difference(BASE.read_text(), file.read_text())
    most_removed, most_added = OWN.get(file.stem, (MOST_REMOVED, MOST_ADDED))
    assert 0 < added <= most_added and removed <= most_removed
    assert f"examples/by_feature/{file.name}" in file.read_text().partition('"""\n\nfrom')[0], "how it is run"


def test_an_example_that_drifts_is_found():
    base = BASE.read_text()
    drifted = base.replace("args.seed", "args.random_seed").replace("data", "dataset")
    assert difference(base, base) == (0, 0)
    assert difference(base, drifted)[0] > MOST_REMOVED


def test_all_features_have_an_example():
    expected = "backbone blend csv_file explain hpo layer new_users scheduler serve tracker two_processes warm_start"
    assert [file.stem for file in FEATURES] == expected.split()
    assert len(BASE.read_text().splitlines()) <= 60


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("synthetic")


@pytest.fixture
def run(root, tmp_path, monkeypatch, capsys, own_registrations):
    """Runs a script in this process, with fewer movies and one epoch, and returns what it prints."""
    monkeypatch.setattr(SyntheticMovies.__init__, "__defaults__", (40, 45, 0, None))
    monkeypatch.chdir(tmp_path)

    def call(file, *arguments, data=("--root", root)):
        monkeypatch.setattr(sys, "argv", [str(file), *map(str, (*data, "--epochs", 3, *arguments))])
        runpy.run_path(str(file), run_name="__main__")
        return capsys.readouterr().out

    return call


EXPECTED = {
    "blend": "best epoch 3",
    "explain": "is recommended",
    "layer": "best epoch 3",
    "backbone": "best epoch 3",
    "scheduler": "last rate 0.000000",
    "warm_start": "enhanced: best epoch",
    "new_users": "ann",
    "two_processes": "best epoch 3",
}


@pytest.mark.parametrize("name", ["base", *EXPECTED])
def test_examples_run(name, run):
    printed = run(BASE if name == "base" else EXAMPLES / "by_feature" / f"{name}.py")
    assert "recall@20 0." in printed and "U00000" in printed and EXPECTED.get(name, "") in printed


def test_csv_file(run, tmp_path):
    rows = [(f"reader {user}", f"book {(user * 7 + place) % 25}") for user in range(20) for place in range(10)]
    pd.DataFrame(rows, columns=["reader", "book"]).to_csv(tmp_path / "mine.csv", index=False)
    table = tmp_path / "mine.csv", "--columns", "user=reader", "item=book"
    printed = run(EXAMPLES / "by_feature" / "csv_file.py", data=table)
    assert "recall@20" in printed and "reader 0" in printed


def test_tracker(run, tmp_path):
    printed = run(EXAMPLES / "by_feature" / "tracker.py", "--log", tmp_path / "log.jsonl")
    assert "recall@20" in printed and len((tmp_path / "log.jsonl").read_text().splitlines()) == 4


def test_hpo(run):
    assert "best of 2: {" in run(EXAMPLES / "by_feature" / "hpo.py", "--trials", 2)


def test_serve(run, monkeypatch):
    answers = []

    def ask(app, port):
        with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000)) as client:
            answers.append((port, client.get("/recommend", params={"user": "U00000", "k": 3})))

    monkeypatch.setattr(uvicorn, "run", ask)
    run(EXAMPLES / "by_feature" / "serve.py", "--port", 8001)
    ((port, answer),) = answers
    assert port == 8001 and answer.status_code == 200 and len(answer.json()["recommendations"]) > 0
