"""An engine in memory, in place of that of a folder."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from irllrec_pyg.cli import common
from irllrec_pyg.cli.main import app
from irllrec_pyg.models import EASE
from irllrec_pyg.recommender import Engine
from irllrec_pyg.testing import tiny_data


@dataclass
class Recorder:
    """Records how methods of an engine were called."""

    calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = field(default_factory=list)

    def method(self, name: str, result: Any):
        def call(engine: Engine, *args: Any, **options: Any) -> Any:
            self.calls.append((name, args, options))
            return result

        return call


@pytest.fixture
def engine(monkeypatch) -> Engine:
    data = tiny_data()
    data["user"].original_id = [*range(100, 124)]  # whole numbers, which a command line holds as texts
    data["item"].title = [f"{'Trains' if item < 10 else 'Islands'} of {chr(97 + item)}" for item in range(20)]
    data["item"].genre = [["Drama"] if item % 2 else ["Comedy", "Short"] for item in range(20)]
    data["item"].year = [1990 + item % 2 for item in range(20)]
    found = Engine(EASE.from_data(data, l2_weight=10.0), data, {"note": "first"})
    monkeypatch.setattr(common, "open_engine", lambda folder, **options: found)
    return found


@pytest.fixture
def recorder(engine, monkeypatch):
    recorder = Recorder()
    table = pd.DataFrame({"item": ["item 1"], "rank": [1], "score": [0.5]})
    for name in ("recommend_for", "similar_items", "similar_users"):
        monkeypatch.setattr(Engine, name, recorder.method(name, table))
    monkeypatch.setattr(Engine, "export", recorder.method("export", Path("lists.csv")))
    monkeypatch.setattr(Engine, "update", recorder.method("update", engine))
    monkeypatch.setattr(Engine, "save_pretrained", recorder.method("save", None), raising=False)
    return recorder


@pytest.fixture
def run():
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, [str(argument) for argument in arguments])
