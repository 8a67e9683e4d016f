"""The benchmark of Table 2: it runs a row once, and reports what it wrote."""

import importlib.util
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from irllrec_pyg.datasets import set_features

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "table2.py"


@pytest.fixture
def table2(tmp_path, monkeypatch, data):
    """The script over a small dataset, writing into a folder of the test's."""
    spec = importlib.util.spec_from_file_location("table2", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    set_features(data, "intent", torch.randn(30, 12), torch.randn(20, 12))
    monkeypatch.setattr(module, "RESULTS", tmp_path / "results" / "table2.csv")
    monkeypatch.setattr(module, "DATASETS", {"lastfm": lambda root: [data]})
    monkeypatch.setattr(module, "text_features", lambda data, *_: (data["user"].intent, data["item"].intent))

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["table2.py", "--out", str(tmp_path), *map(str, arguments)])
        module.main()

    module.call = run
    return module


def test_runs_resumes_and_reports(table2, tmp_path, capsys):
    methods = "lightgcn", "lightgcn+irllrec", "lightgcn+irllrec-shuffled"
    command = ("--dataset", "lastfm", "--root", tmp_path, "--seeds", 0, 1, "--epochs", 3, "--text", "noise", "--method")
    table2.call(*command, *methods)
    rows = pd.read_csv(table2.RESULTS)
    assert set(rows["method"]) == {"base", "irllrec", "irllrec-shuffled"} and set(rows["seed"]) == {0, 1}
    assert len(rows) == 3 * 2 * 2 * 15 and rows["value"].between(0, 1).all()
    assert set(rows["text"].dropna()) == {"noise", "noise, shuffled"}
    assert not list(tmp_path.glob("*.safetensors")), "a finished run leaves no checkpoint"
    capsys.readouterr()
    table2.call(*command, *methods)
    assert capsys.readouterr().out.count("done already") == 6 and len(pd.read_csv(table2.RESULTS)) == len(rows)

    page = tmp_path / "page.md"
    page.write_text("before\n<!-- table2 -->\nold\n<!-- /table2 -->\nafter\n")
    paper = tmp_path / "paper.csv"
    paper.write_text("dataset,backbone,method,metric,k,value\nlastfm,LightGCN,base,recall,20,0.5\n")
    table2.call("--report", "--paper", paper, "--write", page)
    value = rows.query("method == 'base' and split == 'test' and metric == 'recall' and k == 20")["value"]
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text
    assert f"| lastfm | lightgcn | 2 | {value.mean():.4f} ± {value.std():.4f} | 0.5000 |" in text
    assert "| lastfm | lightgcn + irllrec-shuffled | 2 |" in text
