"""The scripts of the figures: they run a case once, and draw."""

import pytest
import torch

from benchmarks import arguments, figures, runs
from irllrec_pyg.text import word_features


@pytest.fixture
def common(tmp_path):
    arguments = ("--dataset", "lastfm", "--root", tmp_path, "--epochs", 1, "--out", tmp_path / "runs")
    return (*arguments, "--plot", tmp_path / "figure.png", "--text", "noise")


def is_drawn(tmp_path):
    return (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_ablation(script, common, tmp_path, capsys):
    rows = script("ablation", *common, "--seeds", 0, 1)
    assert set(rows["variant"]) == {
        "backbone",
        "with text ranking",
        "paper's form",
        "w/o IA",
        "w/o ITM",
        "w/o Graph",
        "w/o Text",
    }
    assert set(rows["seed"]) == {0, 1} and rows["value"].between(0, 1).all() and is_drawn(tmp_path)
    assert set(rows.query("variant != 'backbone'")["text"]) == {"noise"}
    assert len(script("ablation", *common, "--seeds", 0, 1)) == len(rows)
    assert capsys.readouterr().out.count("done already") == 14


def test_sensitivity(script, common, tmp_path):
    rows = script("sensitivity", *common, "--seeds", 0, "--values", 0.01, 0.1)
    names = {f"{weight}={value}" for weight in ("pairwise", "translation", "matching") for value in (0.01, 0.1)}
    assert set(rows["variant"]) == names and is_drawn(tmp_path)


def test_a_model_that_another_figure_has_trained_is_only_read(script, common, monkeypatch):
    methods = "--method", "base", "irllrec"
    trained = script("table2", *common[:8], "--seeds", 0, *methods)

    def train_epoch(*args):
        raise AssertionError("trained again")

    monkeypatch.setattr("irllrec_pyg.training.Trainer.train_epoch", train_epoch)
    again = script("sparsity", *common, "--seeds", 0, *methods)
    assert again["epochs"].eq(1).all() and set(again["seconds"]) == set(trained["seconds"])
    with pytest.raises(AssertionError, match="trained again"):
        script("sparsity", *common, "--seeds", 1, *methods)


def test_sparsity(script, common, tmp_path, data, monkeypatch):
    rows = script("sparsity", *common, "--seeds", 0, "--method", "base", "irllrec")
    assert set(rows["group"]) <= {1, 2, 3, 4} and is_drawn(tmp_path)
    tested = data["user", "interacts", "item"].test_label_index[0].unique().numel()
    group = rows.query("method == 'base' and metric == 'ndcg'")
    assert group["users"].sum() == tested and group["most"].is_monotonic_increasing
    # The mean over groups, by users, is the mean over users.
    monkeypatch.setattr("sys.argv", ["x", *map(str, common), "--seeds", "0"])
    args = arguments.parse_training("", "x")
    average = runs.fit(runs.Case("lightgcn", "base"), 0, data, args)[0].evaluate("test")["ndcg@20"]
    assert (group["value"] * group["users"]).sum() / tested == pytest.approx(average, rel=1e-5)


def test_groups_hold_as_many_interactions(script):
    count = torch.tensor([1] * 40 + [5] * 8 + [10] * 4 + [40])
    group = figures.groups_of(count)
    assert [int(count[group == number].sum()) for number in range(4)] == [40, 40, 40, 40]


def test_nothing_to_draw(script, tmp_path):
    with pytest.raises(SystemExit, match="has no results of yelp yet; give the folder of the data with --root"):
        script("ablation", "--dataset", "yelp")


def test_semantic(script, common, tmp_path, data, monkeypatch):
    words = ["quiet", "loud", "fast", "slow", "dark", "bright", "old", "new", "sad", "glad"]
    data["item"].text = [""] + [" ".join(words[(n * k) % 10] for k in (1, 3, 7)) for n in range(1, 20)]
    encoded = word_features(data["item"].text[1:], width=8)
    features = torch.cat([torch.zeros(1, encoded.size(1)), encoded])
    monkeypatch.setattr(
        "irllrec_pyg.text.encoders.text_features", lambda *_: (features.mean(0).expand(30, -1), features)
    )
    rows = script("semantic", *common, "--seeds", 0, "--encoders", "TF-IDF")
    assert set(zip(rows["method"], rows["variant"], strict=True)) == {
        ("base", "no text"),
        ("text-ranking", "TF-IDF"),
        ("text-ranking-shuffled", "TF-IDF"),
    }
    assert is_drawn(tmp_path)


def test_case_study(script, common, tmp_path):
    rows = script("case_study", *common, "--user", 3)
    assert list(rows["stage"].unique()) == ["before", "half-way", "after"] and len(rows) == 3 * 32
    for _, vectors in rows.groupby("stage"):
        score = (vectors["interaction_intent"] * vectors["text_intent"]).sum()
        assert vectors["score"].eq(vectors["score"].iloc[0]).all()
        assert vectors["score"].iloc[0] == pytest.approx(score, abs=1e-6)
    assert rows.groupby("stage")["interaction_intent"].first().nunique() > 1 and is_drawn(tmp_path)
    assert len(script("case_study", *common, "--user", 3)) == len(rows)


def test_density(script, common, tmp_path):
    rows = script("density", *common)
    assert set(rows["space"]) == {"interaction", "intent"} and is_drawn(tmp_path)
    square = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    pairs = torch.tensor([2.0] * 4 + [4.0] * 2)
    expected = (-2.0 * pairs).exp().mean().log()
    assert figures.uniformity(3.0 * square) == pytest.approx(float(expected), abs=1e-5)
