"""The command ``irllrec``: fitting, measuring, keeping up, serving, and what all commands have in common."""

import json
import subprocess
import sys

import pandas as pd
import pytest

import irllrec_pyg
from irllrec_pyg.cli import common
from irllrec_pyg.cli import intents as intents_module
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.ranking import evaluate
from irllrec_pyg.recommender import Engine

COMMANDS = "fit evaluate recommend similar explain update export serve explore".split()  # noqa: SIM905


@pytest.fixture
def table(tmp_path):
    pairs = [(u, (u * 7 + i) % 30) for u in range(20) for i in range(10)]
    rows = [(f"u{u}", f"i{i}", ["even", "odd"][i % 2]) for u, i in pairs]
    file = tmp_path / "mine.csv"
    pd.DataFrame(rows, columns=["who", "item", "kind"]).to_csv(file, index=False)
    return file


def test_from_a_table_to_recommendations(run, table, tmp_path):
    call = ["fit", table, "--budget", "1 trial", "--user", "who", "--folder", tmp_path, "--json"]
    result = run(*call, "--item-column", "kind", "--save", tmp_path / "engine")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["settings"]["budget"] == "1 trial"
    assert "best" in result.stderr and "irllrec explore" in result.stderr
    assert len(list(tmp_path.glob("fit-*/report.html"))) == 1

    engine = Engine.from_pretrained(tmp_path / "engine")
    shown = run("recommend", tmp_path / "engine", "--user", "u3", "--k", 4, "--json")
    assert shown.exit_code == 0, shown.output
    assert [row["item"] for row in json.loads(shown.stdout)] == engine.recommend(["u3"], k=4)["item"].tolist()
    shown = run("recommend", tmp_path / "engine", "--user", "u3", "--k", 4, "--among", "kind=odd", "--json")
    assert all(int(row["item"][1:]) % 2 for row in json.loads(shown.stdout))
    measured = run("evaluate", tmp_path / "engine", "--json")
    assert json.loads(measured.stdout)["users"] == 20


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.csv"], "there is no file or folder 'missing.csv'"),
        (["TABLE"], "looks like the user"),
        (["TABLE", "--user", "who", "--budget", "soon"], "'budget' cannot be read"),
    ],
)
def test_what_is_wrong_is_one_line(run, table, tmp_path, arguments, message):
    given = [table if argument == "TABLE" else argument for argument in arguments]
    result = run("fit", *given, "--folder", tmp_path)
    assert result.exit_code == 1
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("split", ["val", "test"])
def test_evaluate(engine, run, split):
    result = run("evaluate", "engine", "--split", split, "--k", 5, "--k", 10, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    pairs = engine.data[INTERACTS]
    expected = evaluate(engine.ranker, pairs[f"{split}_label_index"], pairs.edge_index, (5, 10))
    assert {name: entry["value"] for name, entry in found["metrics"].items()} == pytest.approx(expected)
    assert all(entry["low"] <= entry["value"] <= entry["high"] for entry in found["metrics"].values())
    lines = run("evaluate", "engine", "--split", split, "--k", 5).stdout.splitlines()
    assert lines[0].split() == ["metric", "value", "low", "high"]
    assert lines[2].split()[:2] == ["ndcg@5", f"{expected['ndcg@5']:.4f}"]


def test_update_reads_ids_as_the_engine_knows_them(recorder, engine, run, tmp_path):
    file = tmp_path / "today.csv"
    file.write_text("UserId,what\n103,item 3\n999,item 99\n")
    result = run("update", "engine", file, "--item", "what", "--save", tmp_path / "new")
    assert result.exit_code == 0, result.output
    (_, (given,), options), (name, (folder,), _) = recorder.calls
    assert given["UserId"].tolist() == [103, 999] and given["what"].tolist() == ["item 3", "item 99"]
    assert options == {"columns": {"user": "UserId", "item": "what"}, "min_rating": None}
    assert result.stderr == "columns: user = UserId, item = what\n2 rows: none left out; 2 remain\n"
    assert (name, folder) == ("save", tmp_path / "new")
    assert result.stdout.splitlines()[1].split() == ["users", "24", "24"]


def test_update_replaces_the_engine_without_another_folder(recorder, run, tmp_path):
    (tmp_path / "today.csv").write_text("user,item\n103,item 3\n")
    assert run("update", tmp_path / "engine", tmp_path / "today.csv").exit_code == 0
    assert recorder.calls[-1][1] == (tmp_path / "engine",)


def test_export(recorder, run):
    assert run("export", "engine", "lists.csv", "--k", 5).stdout == "lists.csv\n"
    name, (file,), options = recorder.calls[0]
    assert (name, file.name, options) == ("export", "lists.csv", {"k": 5})


def test_serve_and_explore_pass_their_options_on(engine, run, monkeypatch):
    import irllrec_pyg.app

    served = pytest.importorskip("irllrec_pyg.serve")
    seen = []
    monkeypatch.setattr(served, "serve", lambda folder, **options: seen.append((folder.name, options)))
    monkeypatch.setattr(irllrec_pyg.app, "explore", lambda found, **options: seen.append((found, options)))
    monkeypatch.setenv("IRLLREC_TOKEN", "secret")
    assert run("serve", "engine", "--port", 81).exit_code == 0
    assert run("explore", "engine", "--port", 82, "--no-browser").exit_code == 0
    options = {"host": "127.0.0.1", "port": 81, "token": "secret", "workers": 1}
    assert seen == [("engine", options), (engine, {"port": 82, "browser": False})]


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (ValueError("'k' is\nwrong"), 1, "irllrec: 'k' is wrong\n"),
        (TypeError("no ranker"), 1, "irllrec: no ranker\n"),
        (RuntimeError("busy"), 1, "irllrec: busy\n"),
        (FileNotFoundError("no folder"), 1, "irllrec: no folder\n"),
        (ImportError("no gradio"), 1, "irllrec: no gradio\n"),
        (KeyboardInterrupt(), 130, "irllrec: stopped\n"),
    ],
)
def test_no_traceback(run, monkeypatch, error, status, message):
    def fail(folder):
        raise error

    monkeypatch.setattr(common, "open_engine", fail)
    result = run("recommend", "engine")
    assert (result.exit_code, result.stderr, result.stdout) == (status, message, "")


def test_a_folder_without_an_engine(run, tmp_path):
    result = run("recommend", tmp_path / "missing")
    assert result.exit_code == 1 and len(result.stderr.splitlines()) == 1 and "missing" in result.stderr


def test_intents_are_part_of_the_command(run, tmp_path):
    result = run("intents", "status", "--folder", tmp_path)
    assert result.exit_code == 1
    assert result.stderr.startswith("irllrec: there is no finished corpus")
    assert run("intents", "--help").stdout.startswith("usage: irllrec intents")
    assert run("intents", "build", "--unknown").exit_code == 2
    assert intents_module.main(["status", "--folder", str(tmp_path)]) == 2, "the old command remains"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0 and f"Example: irllrec {command} " in result.stdout


def test_help_names_every_command(run):
    shown = run("--help").stdout
    assert all(f"\n  {command} " in shown for command in [*COMMANDS, "intents"])
    assert "..." not in shown.partition("Commands:")[2], "no description is cut"


def test_version(run):
    assert run("--version").stdout == f"irllrec {irllrec_pyg.__version__}\n"


def test_help_imports_nothing_heavy():
    code = "import sys, irllrec_pyg.cli.main; print({'torch', 'pandas', 'gradio', 'transformers'} & {*sys.modules})"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown == "set()\n"
