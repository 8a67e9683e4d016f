"""The benchmark scripts: they run a row once, and report what they wrote."""

import json

import pandas as pd
import pytest
import torch

from benchmarks import arguments, runs, table2
from irllrec_pyg.data import mean_of_items
from irllrec_pyg.recipes import Run


def test_runs_resumes_and_reports(script, tmp_path, capsys):
    methods = "base", "irllrec", "irllrec-shuffled"
    command = ("--dataset", "lastfm", "--root", tmp_path, "--seeds", 0, 1, "--epochs", 3, "--text", "noise")
    command = ("table2", *command, "--out", tmp_path, "--method", *methods)
    rows = script(*command)
    assert set(rows["method"]) == set(methods) and set(rows["seed"]) == {0, 1}
    assert len(rows) == 3 * 2 * 2 * 15 and rows["value"].between(0, 1).all()
    assert set(rows["text"].dropna()) == {"noise", "noise, shuffled"}
    capsys.readouterr()
    assert len(script(*command)) == len(rows)
    assert capsys.readouterr().out.count("done already") == 6

    page = tmp_path / "page.md"
    page.write_text("before\n<!-- table2 -->\nold\n<!-- /table2 -->\n<!-- gains -->\n<!-- /gains -->\nafter\n")
    paper, picture = tmp_path / "paper.csv", tmp_path / "table2.png"
    paper.write_text("dataset,backbone,method,metric,k,value\nlastfm,LightGCN,base,recall,20,0.5\n")
    script("table2", "--report", "--paper", paper, "--write", page, "--plot", picture)
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
    recipe, _ = runs.recipe(runs.Case("lightgcn", "text-ranking"), args)
    assert recipe.start is not None
    for name, value in recipe.build(data, 1, tmp_path).model.backbone.state_dict().items():
        torch.testing.assert_close(bare.state_dict()[name], value)
    cold = recipe.replace({"start": None}).build(data, 1).model.backbone
    assert not torch.equal(cold.embedding, bare.embedding)
    grid = ("enhancers.text-ranking.score_weight=1.0,2.0", "trainer.max_epochs=1")
    rows = script("tune", *common, "--backbone", "lightgcn", "--method", "text-ranking", "--grid", *grid)
    weights = [json.loads(text)["enhancers"][0]["score_weight"] for text in rows["settings"]]
    assert weights == [1.0, 2.0] and rows["ndcg@20"].nunique() == 2


def test_enhancers_are_tuned_too(script, tmp_path):
    grid = ("enhancers.irllrec.pairwise_weight=0.1,0.2", "trainer.max_epochs=1")
    command = ("--dataset", "lastfm", "--root", tmp_path, "--backbone", "lightgcn", "--method", "irllrec-shuffled")
    rows = script("tune", *command, "--grid", *grid, "--text", "noise", "--out", tmp_path)
    weights = [json.loads(text)["enhancers"][0]["pairwise_weight"] for text in rows["settings"]]
    assert weights == [0.1, 0.2] and set(rows["text"]) == {"noise, shuffled"}


def test_significance_is_paired_over_seeds():
    value = {"ease": [0.2], "strong": [0.22, 0.23, 0.21], "lightgcn": [0.10, 0.12, 0.11]}
    rows = [
        {"dataset": "d", "backbone": name, "method": "base", "metric": "recall", "k": 20, "seed": seed, "value": number}
        for name, numbers in value.items()
        for seed, number in enumerate(numbers)
    ]
    rows += [{**row, "method": "irllrec", "value": row["value"] + 0.01 + 0.001 * row["seed"]} for row in rows[4:]]
    table = (
        table2.compare(pd.DataFrame(rows).assign(split="test"), None).reset_index().set_index(["backbone", "method"])
    )
    assert table["p"].isna()[["ease", "lightgcn"]].to_dict() == {
        ("ease", "base"): True,
        ("lightgcn", "base"): True,
        ("lightgcn", "irllrec"): False,
    }
    # Paired t over differences .01, .011, .012: 11 / (1 / sqrt 3) with two degrees of freedom.
    assert table.loc[("lightgcn", "irllrec"), "gain"] == pytest.approx(0.011)
    assert table.loc[("lightgcn", "irllrec"), "p"] == pytest.approx(0.0027, abs=1e-4)
    # Differences .02, .03, .01 from the one value of EASE: t = 3.46.
    assert table.loc[("strong", "base"), "p"] == pytest.approx(0.0742, abs=1e-4)


def test_tuning_tries_every_combination_once_and_reads_no_test(script, tmp_path, capsys, monkeypatch):
    evaluate = Run.evaluate

    def validate(run, split="test"):
        assert split == "val", "the test split is read"
        return evaluate(run, split)

    monkeypatch.setattr(Run, "evaluate", validate)
    grid = ("model.num_layers=1,2", "model.objective.temperature=0.2", "trainer.max_epochs=2")
    command = ("tune", "--dataset", "amazon-movie", "--root", tmp_path, "--out", tmp_path, "--grid", *grid)
    rows = script(*command)
    settings = [json.loads(text) for text in rows["settings"]]
    assert [setting["model"]["num_layers"] for setting in settings] == [1, 2]
    assert settings[0]["model"]["objective"] == {"name": "softmax", "temperature": 0.2}
    assert settings[0]["trainer"]["by_user"], "what the grid does not name is recorded too"
    assert rows["recall@20"].between(0, 1).all()
    assert len(script(*command)) == 2 and "done already" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="write model.NAME=VALUE"):
        script("tune", "--root", tmp_path, "--grid", "temperature=1")
