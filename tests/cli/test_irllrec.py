"""The command ``irllrec``."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from irllrec_pyg.cli.main import app
from irllrec_pyg.recommender import load_ids, load_model

runner = CliRunner()


@pytest.fixture
def table(tmp_path):
    rows = [(f"u{u}", f"i{(u * 7 + i) % 30}") for u in range(20) for i in range(10)]
    file = tmp_path / "mine.csv"
    pd.DataFrame(rows, columns=["member", "item"]).to_csv(file, index=False)
    return file


def test_fit_saves_a_ranker_and_prints_a_report(table, tmp_path):
    call = ["fit", str(table), "--budget", "1 trial", "--user", "member", "--folder", str(tmp_path), "--json"]
    result = runner.invoke(app, [*call, "--save", str(tmp_path / "ranker")])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["settings"]["budget"] == "1 trial"
    assert "best" in result.stderr
    assert load_model(tmp_path / "ranker").num_users == 20
    assert load_ids(tmp_path / "ranker")["user"][0] == "u0"
    assert len(list(tmp_path.glob("fit-*/report.html"))) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.csv"], "there is no file or folder 'missing.csv'"),
        (["TABLE"], "looks like the user"),
        (["TABLE", "--user", "member", "--budget", "soon"], "'budget' cannot be read"),
    ],
)
def test_what_is_wrong_is_one_line(table, tmp_path, arguments, message):
    given = [str(table) if argument == "TABLE" else argument for argument in arguments]
    result = runner.invoke(app, ["fit", *given, "--folder", str(tmp_path)])
    assert result.exit_code == 1
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_help_names_every_command():
    result = runner.invoke(app, ["--help"])
    assert result.exit_code == 0
    assert "fit" in result.stdout
