"""The command ``irllrec``: fitting, measuring, keeping up, serving, and what all commands have in common."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pandas as pd
import pytest

import irllrec_pyg
from irllrec_pyg import search
from irllrec_pyg.cli import common
from irllrec_pyg.cli import intents as intents_module
from irllrec_pyg.data import INTERACTS, SPLIT_NAMES
from irllrec_pyg.models import Popularity
from irllrec_pyg.ranking import evaluate
from irllrec_pyg.recommender import Engine
from irllrec_pyg.recommender.updating.new_interactions import read_interactions

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


def test_a_folder_that_cannot_be_written_to_is_refused_before_the_search(run, table, tmp_path, monkeypatch):
    monkeypatch.setattr(search, "fit", None)
    monkeypatch.setattr(common.os, "access", lambda path, mode: path != tmp_path)
    result = run("fit", table, "--user", "who", "--save", tmp_path / "some" / "engine")
    assert result.exit_code == 1
    assert result.stderr.endswith(f"but '{tmp_path}' cannot be written to; name another folder\n")
    monkeypatch.undo()
    common.check_engine_folder(tmp_path)  # a folder with other files is as good as a new one


def test_items_that_cannot_be_saved_are_refused_before_the_search(run, table, tmp_path, monkeypatch):
    monkeypatch.setattr(search, "fit", None)
    frame = pd.read_csv(table)
    frame["since"] = pd.Timedelta(days=1)
    frame.to_parquet(tmp_path / "mine.parquet")
    call = ["fit", tmp_path / "mine.parquet", "--user", "who", "--item-column", "since"]
    result = run(*call, "--save", tmp_path / "engine")
    assert result.exit_code == 1 and "'since'" in result.stderr


@pytest.fixture
def fitted(table, monkeypatch):
    """A search that takes no time, and a record of its data."""
    seen = []

    def fit(data, *args, **kwargs):
        seen.append(data)
        report = SimpleNamespace(to_dict=lambda: {"metric": 0.5})
        return SimpleNamespace(report=report, engine=Engine(Popularity.from_data(data), data))

    monkeypatch.setattr(search, "fit", fit)
    return seen


def test_nothing_is_lost_where_saving_fails(run, table, tmp_path, monkeypatch, fitted):
    def fail(engine, folder):
        raise OSError("no space left")

    monkeypatch.setattr(Engine, "save_pretrained", fail)
    result = run("fit", table, "--user", "who", "--save", tmp_path / "engine", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (1, {"metric": 0.5})
    assert "(no space left); the search is kept in 'runs', and the same command" in result.stderr


def test_columns_and_ratings_are_given_by_options(run, table, tmp_path, fitted):
    frame = pd.read_csv(table).rename(columns={"item": "what"})
    frame["points"] = [1, 5, 4, 5, 2] * 40
    frame.to_csv(table, index=False, sep=";")
    call = ["fit", table, "--user", "who", "--column", "item=what", "--column", "rating=points", "--json"]
    for lowest, number in ((["--min-rating", "4.5"], 80), (["--min-rating", "none"], 200), ([], 120)):
        result = run(*call, *lowest)
        assert result.exit_code == 0, result.output
        edges = fitted[-1][INTERACTS]
        assert sum(edges[name].size(1) for name in SPLIT_NAMES.values()) == number
        first, second = result.stderr.splitlines()
        assert first == "columns: user = who, item = what, rating = points; not used: kind"
        assert f"{number} interactions of 20 users" in second


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
    assert options == {"columns": {"user": "UserId", "item": "what"}, "min_rating": 3.0}
    assert result.stderr == "columns: user = UserId, item = what\n2 rows: none left out; 2 remain\n"
    assert (name, folder) == ("save", tmp_path / "new")
    assert result.stdout.splitlines()[1].split() == ["users", "24", "24"]


def test_update_counts_rows_that_are_no_interactions(recorder, run, tmp_path):
    file = tmp_path / "today.csv"
    file.write_text("user,item,points\n103,item 3,5\n,item 4,5\n104,item 5,\n104,item 6,2\n105,item 7,4\n")
    result = run("update", "engine", file, "--column", "rating=points")
    assert result.exit_code == 0, result.output
    left_out = "1 without a user or an item, 1 without a rating, 1 with a rating below 3.0"
    assert result.stderr.splitlines()[1] == f"5 rows: {left_out}; 2 remain"
    assert run("update", "engine", file, "--column", "rating=points", "--min-rating", "none").exit_code == 0
    for call, lowest in zip(recorder.calls[::2], (3.0, None), strict=True):
        name, (given,), options = call
        assert (name, options["min_rating"]) == ("update", lowest)
        assert given["user"].tolist() == [103, 104, 104, 105], "what is rated low is kept as seen"


def test_update_of_tables_in_python_leaves_them_out_too(engine):
    table = pd.DataFrame({"user": [103.0, None, 104.0, 999.0], "item": ["item 3", "item 4", " ", "a new one"]})
    found = read_interactions(engine.data, table.assign(rating=[5, 5, 5, 4.0]))
    assert (found.users, found.items) == ([999], ["a new one"]) and isinstance(found.users[0], int)
    assert read_interactions(engine.data, table.assign(rating=[5, 5, 5, None])).users == []
    with pytest.raises(ValueError, match=r"no row has both a user \(column 'user'\)"):
        read_interactions(engine.data, table.assign(user=None))


def test_update_checks_the_folder_first(recorder, run, tmp_path):
    file = tmp_path / "today.csv"
    file.write_text("user,item\n103,item 3\n")
    result = run("update", "engine", file, "--save", file)
    assert (result.exit_code, recorder.calls) == (1, [])


def test_update_replaces_the_engine_without_another_folder(recorder, run, tmp_path):
    (tmp_path / "today.csv").write_text("user,item\n103,item 3\n")
    assert run("update", tmp_path / "engine", tmp_path / "today.csv").exit_code == 0
    assert recorder.calls[-1][1] == (tmp_path / "engine",)


def test_export(recorder, run):
    assert run("export", "engine", "lists.csv", "--k", 5).stdout == "lists.csv\n"
    assert (
        run("export", "engine", "lists.csv", "--user", 103, "--exclude", "history", "--diversity", 0.5).exit_code == 0
    )
    (name, (file, k), options), (_, _, others) = recorder.calls
    assert (name, file.name, k, options) == ("export", "lists.csv", 5, {"users": None, "exclude": "all"})
    assert others == {"users": [103], "exclude": "history", "diversity": 0.5}


def test_export_writes_what_recommend_prints(engine, run, tmp_path):
    options = ["--user", 103, "--k", 3, "--among", "genre=drama", "--exclude", "history"]
    assert run("export", "engine", tmp_path / "lists.csv", *options).exit_code == 0
    printed = json.loads(run("recommend", "engine", *options, "--json").stdout)
    assert pd.read_csv(tmp_path / "lists.csv")["item"].tolist() == [row["item"] for row in printed]


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
    (tmp_path / "file").write_text("user,item\n")
    remedy = "Make one with: irllrec fit DATA --save FOLDER\n"
    for name, message in (
        ("missing", f"there is no folder '{tmp_path / 'missing'}'. "),
        ("", f"'{tmp_path}' holds no saved engine ('config.json' is missing); save one there. "),
        ("file", f"'{tmp_path / 'file'}' is a file; give the folder of an engine. "),
    ):
        result = run("recommend", tmp_path / name)
        assert (result.exit_code, result.stderr) == (1, f"irllrec: {message}{remedy}")


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
