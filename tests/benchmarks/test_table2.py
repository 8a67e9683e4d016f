"""The benchmark scripts: they run a row once, and report what they wrote."""

import json

import pytest
import torch

from benchmarks import arguments, measures, runs, table2, tune
from irllrec_pyg.data import mean_of_items
from irllrec_pyg.models import BACKBONES, ENHANCERS, STANDALONE
from irllrec_pyg.recipes import Recipe, Run


def test_runs_resumes_and_reports(script, tmp_path, capsys, monkeypatch):
    methods = "base", "irllrec", "irllrec-shuffled"
    command = ("--dataset", "lastfm", "--root", tmp_path, "--seeds", 0, 1, "--epochs", 3, "--text", "noise")
    command = ("table2", *command, "--out", tmp_path, "--method", *methods)
    rows = script(*command)
    assert set(rows["method"]) == set(methods) and set(rows["seed"]) == {0, 1}
    assert len(rows[rows["split"].isin(["val", "test"])]) == 3 * 2 * 2 * 15 and rows["value"].between(0, 1).all()
    assert set(rows["text"].dropna()) == {"noise", "noise, shuffled"}
    capsys.readouterr()
    assert len(script(*command)) == len(rows)
    assert capsys.readouterr().out.count("done already") == 6

    page = tmp_path / "page.md"
    page.write_text("before\n<!-- table2 -->\nold\n<!-- /table2 -->\n<!-- gains -->\n<!-- /gains -->\n")
    page.write_text(page.read_text() + "<!-- comparisons -->\n<!-- /comparisons -->\nafter\n")
    paper, picture = tmp_path / "paper.csv", tmp_path / "table2.png"
    paper.write_text("dataset,backbone,method,recall@20\nlastfm,lightgcn,base,0.5\n")
    monkeypatch.setattr(table2, "PAPER", paper)
    script("table2", "--plot", picture)
    table2.write(tmp_path / "results", page)
    value = rows.query("method == 'base' and split == 'test' and metric == 'recall' and k == 20")["value"]
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text
    assert f"| lastfm | lightgcn | 2 | {value.mean():.4f} ± {value.std():.4f} | 0.5000 |" in text
    assert "| lastfm | lightgcn + irllrec-shuffled | 2 |" in text
    means = rows.query("split == 'test' and k == 20").groupby(["method", "metric"])["value"].mean().round(4)
    ratios = [100 * (means["irllrec", metric] / means["base", metric] - 1) for metric in ("recall", "ndcg")]
    cells = next(line for line in text.splitlines() if line.startswith("| lastfm | irllrec |")).split(" | ")[2:]
    assert [float(part) for part in cells[0].split(" / ")] == pytest.approx(ratios, abs=0.2)
    assert cells[1].removesuffix(" |") == cells[0], "the mean over one backbone is its own value"
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_closed_forms_run_once_and_strong_is_a_row(script, tmp_path):
    command = ("--dataset", "amazon-movie", "--root", tmp_path, "--seeds", 0, 1, "--epochs", 4, "--out", tmp_path)
    rows = script("table2", *command, "--backbone", "popularity", "item-knn", "ease", "strong")
    seeds = rows.groupby("backbone")["seed"].unique().map(len)
    assert seeds.to_dict() == {"popularity": 1, "item-knn": 1, "ease": 1, "strong": 2}
    assert rows.query("backbone == 'ease'")["epochs"].eq(0).all()
    assert rows.query("backbone == 'strong'")["epochs"].between(1, 20).all()


def test_models_that_only_read_texts(script, tmp_path):
    command = ("--dataset", "lastfm", "--root", tmp_path, "--seeds", 0, "--epochs", 2, "--out", tmp_path)
    rows = script("table2", *command, "--backbone", "semantic-only", "--method", "base", "base-shuffled", "--text", "x")
    assert rows.groupby("method")["text"].unique().str[0].to_dict() == {"base": "x", "base-shuffled": "x, shuffled"}


@pytest.fixture
def parse(tmp_path, monkeypatch):
    """Parses a command line of a script that trains."""

    def call(*given):
        monkeypatch.setattr("sys.argv", ["x", *map(str, given)])
        return arguments.parse_training("", "x")

    return call


@pytest.mark.usefixtures("script")
def test_the_stricter_control_permutes_items_alone(parse, tmp_path, data):
    case = runs.Case("lightgcn", "irllrec-shuffled-items")
    recipe, method = runs.recipe(case, parse("--dataset", "lastfm", "--root", tmp_path))
    assert method == "irllrec-shuffled-items" and runs.split(method) == ("irllrec", "shuffled-items")
    item, prepared = data["item"].intent.clone(), recipe.prepare(data)
    assert not torch.equal(prepared["item"].intent, item)
    torch.testing.assert_close(prepared["item"].intent.sum(0), item.sum(0), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(prepared["user"].intent, mean_of_items(prepared, prepared["item"].intent))
    with pytest.raises(SystemExit, match="use irllrec-shuffled"):
        runs.recipe(case, parse("--dataset", "lastfm", "--intents", tmp_path / "features.safetensors"))


def test_a_bare_backbone_beside_texts(script, tmp_path):
    command = ("--dataset", "amazon-book", "--root", tmp_path, "--seeds", 0, "--epochs", 2, "--out", tmp_path)
    rows = script("table2", *command, "--method", "base", "text", "text-shuffled", "--text", "x")
    texts = rows.fillna("").groupby("method")["text"].unique().str[0].to_dict()
    assert texts == {"base": "", "text": "x", "text-shuffled": "x, shuffled"}
    ndcg = rows.query("metric == 'ndcg' and split == 'val' and k == 20").set_index("method")["value"]
    assert ndcg.nunique() == 3
    with pytest.raises(ValueError, match=r"there is no preset 'lightgcn\+texts' for 'amazon-book'"):
        script("table2", *command, "--method", "texts")


@pytest.mark.usefixtures("script")
def test_an_enhancer_continues_from_the_trained_backbone(parse, script, tmp_path, data):
    common = ("--dataset", "amazon-book", "--root", tmp_path, "--epochs", 2, "--out", tmp_path)
    args = parse(*common)
    bare = runs.fit(runs.Case("lightgcn", "base"), 1, data, args)[0].model
    recipe, _ = runs.recipe(runs.Case("lightgcn", "rlmrec-con"), args)
    assert recipe.start is not None
    for name, value in recipe.build(data, 1, tmp_path).model.backbone.state_dict().items():
        torch.testing.assert_close(bare.state_dict()[name], value)
    cold = recipe.replace({"start": None}).build(data, 1).model.backbone
    assert not torch.equal(cold.embedding, bare.embedding)


def test_enhancers_are_tuned_too(script, tmp_path):
    space = ("enhancers.irllrec.pairwise_weight=0.1..0.2", "trainer.max_epochs=1,2")
    command = ("tune", "--dataset", "lastfm", "--root", tmp_path, "--text", "noise", "--epochs", 2, "--out", tmp_path)
    script(*command, "--trials", 3)
    rows = script(*command, "--method", "irllrec-shuffled", "--trials", 3, "--space", *space)
    rows = rows[rows["method"] != "base"]  # the trials of another method do not count
    settings = [json.loads(text) for text in rows["settings"]]
    assert len(settings) == 3 and settings[0] == {}, "the preset is the first trial"
    assert all({*tried} == {name.split("=")[0] for name in space} for tried in settings[1:])
    assert all(0.1 <= tried["enhancers.irllrec.pairwise_weight"] <= 0.2 for tried in settings[1:])
    assert set(rows["text"]) == {"noise, shuffled"}


def test_tuning_goes_on_where_it_stopped_and_reads_no_test(script, tmp_path, monkeypatch):
    evaluate = Run.evaluate

    def validate(run, split="test"):
        assert split == "val", "the test split is read"
        return evaluate(run, split)

    monkeypatch.setattr(Run, "evaluate", validate)
    monkeypatch.setattr(measures, "users", lambda run: pytest.fail("the test split is read"))
    space = ("--space", "model.num_layers=1,2", "model.objective.temperature=0.05..0.5", "--epochs", 1)
    command = ("tune", "--dataset", "amazon-movie", "--root", tmp_path, "--backbone", "strong", *space)
    rows = script(*command, "--out", tmp_path / "a", "--trials", 4)
    settings = [json.loads(text) for text in rows["settings"]]
    assert len(settings) == 4 and rows["recall@20"].between(0, 1).all()
    assert all(0.05 <= tried["model.objective.temperature"] <= 0.5 for tried in settings[1:])
    (tmp_path / "results" / "tune.csv").unlink()
    script(*command, "--out", tmp_path / "b", "--trials", 2)
    again = script(*command, "--out", tmp_path / "b", "--trials", 4)
    assert [*again["settings"]] == [*rows["settings"]], "an interrupted search tries what an undisturbed one tries"


def test_tuning_ends_where_a_space_has_been_tried(script, tmp_path):
    command = ("tune", "--dataset", "lastfm", "--root", tmp_path, "--backbone", "ease", "--trials", 40)
    rows = script(*command, "--space", "model.l2_weight=10.0,20.0", "--out", tmp_path)
    assert len(rows) == 3 and rows["settings"].is_unique


@pytest.mark.parametrize("name", [*BACKBONES, *ENHANCERS, *STANDALONE])
def test_every_method_has_a_space(name):
    """A method that is registered is tuned with the budget of the others: its space names arguments that it has."""
    alone = name not in ENHANCERS
    space = tune.space_of(runs.Case(name, "base") if alone else runs.Case("lightgcn", name))
    recipe = Recipe({"name": name}) if alone else Recipe({"name": "lightgcn"}, [{"name": name}])
    values = {key: json.loads(f"[{text.split('..')[0]}]")[0] for key, text in space.items()}
    assert len(space) > 1 and recipe.replace(values).to_dict() != recipe.to_dict()
