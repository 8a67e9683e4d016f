import importlib
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from irllrec_pyg.datasets import set_features

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def script(tmp_path, monkeypatch, data):
    """Runs a script over a small dataset, writing into a folder of the test's."""
    monkeypatch.syspath_prepend(str(FOLDER))
    set_features(data, "intent", torch.randn(30, 40), torch.randn(20, 40))
    runs = importlib.import_module("runs")
    monkeypatch.setattr(runs, "DATASETS", dict.fromkeys(runs.DATASETS, lambda root: [data]))
    monkeypatch.setattr(runs, "text_features", lambda data, *_: (data["user"].intent, data["item"].intent))

    def call(name, *arguments):
        module = importlib.import_module(name)
        monkeypatch.setattr(module, "RESULTS", tmp_path / "results" / f"{name}.csv")
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *map(str, arguments)])
        module.main()
        return pd.read_csv(module.RESULTS)

    return call
