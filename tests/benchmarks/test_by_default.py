"""The benchmark of `fit`: its rows, its comparisons, its table."""

import itertools
import sys
from types import SimpleNamespace

import pandas as pd
import pytest

from benchmarks import arguments, by_default
from irllrec_pyg.search import budget
from irllrec_pyg.testing import tiny_data


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Rows of small searches, and a page with the table."""
    data = tiny_data(num_users=60, num_items=60)
    data["item"].text = ["a film"] * 60  # has texts, whose features are there already
    monkeypatch.setattr(arguments, "load", lambda args: data)
    monkeypatch.setattr(by_default.drawing, "draw", lambda *args, **kwargs: None)
    ticks = itertools.count()
    monkeypatch.setattr(budget, "time", SimpleNamespace(monotonic=lambda: 0.01 * next(ticks)))  # no real time passes
    page = tmp_path / "page.md"
    marks = ("by_default", "by_default_gains")
    page.write_text("".join(f"<!-- {mark} -->\n<!-- /{mark} -->\n" for mark in marks))
    call = ["by_default", "--dataset", "lastfm", "--root", tmp_path, "--out", tmp_path, "--budget", "3s"]
    call += ["--encoder", "auto", "--method", "fit", "fit-without-text", "ease", "compact-64"]
    call += ["--results", tmp_path / "by_default.csv"]
    monkeypatch.setattr(sys, "argv", [*map(str, call)])
    monkeypatch.setattr(by_default.FittedRanker, "compact", lambda self, dim: self)
    by_default.FITTED.clear()
    by_default.main()
    by_default.write(tmp_path, page)
    return tmp_path


def test_rows_have_values_intervals_and_comparisons(results, capsys):
    rows = pd.read_csv(results / "by_default.csv")
    assert set(rows["method"]) == {"fit", "fit-without-text", "ease", "compact-64"}
    assert len(rows) == 4 * 2 * 5
    assert ((rows["low"] <= rows["value"]) & (rows["value"] <= rows["high"])).all()
    assert set(rows["budget_s"]) == {3.0}
    gains = pd.read_csv(results / "by_default_gains.csv")
    assert set(gains["method"]) == {"fit"} and set(gains["metric"]) == {"recall", "ndcg"}
    assert gains["p"].between(0, 1).all()
    table = (results / "page.md").read_text()
    assert "| lastfm | compact-64 | 0 min | 1 |" in table
    by_default.main()
    assert "done already" in capsys.readouterr().out
