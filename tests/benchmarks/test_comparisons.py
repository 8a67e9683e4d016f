"""Methods are compared user by user, within seeds, and p-values are corrected for the number of comparisons."""

import pandas as pd
import pytest
import torch

from benchmarks import comparisons, measures

USERS = 400


@pytest.fixture
def frame(tmp_path):
    """A results file with a backbone, a better method, one that only its control explains, and a closed form."""
    generator = torch.Generator().manual_seed(0)
    easy = torch.rand(USERS, generator=generator) * 0.8
    shift = {
        "base": 0.0,
        "good": 0.05,
        "good-shuffled": 0.001,
        "empty": 0.04,
        "empty-random": 0.04,
        "empty-learned": 0.0,
    }
    rows = []
    for method, gain in shift.items():
        for seed in range(3 if method != "good" else 2):
            noise = 0.02 * torch.randn(USERS, generator=generator)
            values = (easy + gain + noise).clamp(0, 1)
            rows += [("lightgcn", method, seed, metric, values) for metric in ("recall", "ndcg")]
    rows += [("ease", "base", 0, metric, easy) for metric in ("recall", "ndcg")]
    rows += [("strong", "base", seed, metric, easy) for metric in ("recall", "ndcg") for seed in range(3)]
    for backbone, method, seed, _, values in rows:
        users = {"recall": values, "ndcg": values, measures.SPARSE: values[:80]}
        measures.save_users(users, f"{backbone}-{method}-{seed}", tmp_path)
    return pd.DataFrame(
        {"dataset": "d", "backbone": b, "method": m, "seed": s, "metric": metric, "k": 20, "split": "test"}
        | {"value": float(values.mean()), "identity": f"{b}-{m}-{s}"}
        for b, m, s, metric, values in rows
    )


def test_values_of_users_survive(tmp_path):
    values = {"ndcg": torch.tensor([0.0, 1.0, 0.123456, 1 / 3])}
    measures.save_users(values, "id", tmp_path)
    torch.testing.assert_close(measures.load_users("id", tmp_path)["ndcg"].float(), values["ndcg"], atol=1e-5, rtol=0)
    assert measures.load_users("other", tmp_path) == {}


def test_each_method_meets_the_bare_backbone_and_its_best_control(frame, tmp_path):
    table = comparisons.table(frame, tmp_path).query("metric == 'ndcg'").set_index(["backbone", "method", "over"])
    assert set(table.index) == {
        ("lightgcn", "good", "bare"),
        ("lightgcn", "good", "shuffled"),
        ("lightgcn", "good-shuffled", "bare"),
        ("lightgcn", "empty", "bare"),
        ("lightgcn", "empty", "random"),
        ("lightgcn", "empty-random", "bare"),
        ("lightgcn", "empty-learned", "bare"),
        ("strong", "base", "ease"),
    }
    good = table.loc[("lightgcn", "good", "bare")]
    assert good["seeds"] == 2 and good["low"] < 0.05 < good["high"] and good["p"] < 0.01
    assert table.loc[("lightgcn", "empty", "bare"), "p"] < 0.01, "more than the backbone"
    assert table.loc[("lightgcn", "empty", "random"), "p"] > 0.05, "no more than its control"
    assert table.loc[("strong", "base", "ease"), ["difference", "seeds"]].tolist() == [0.0, 3]


def test_the_difference_is_the_mean_over_seeds_and_users(frame, tmp_path):
    def mean(method):
        users = [measures.load_users(f"lightgcn-{method}-{seed}", tmp_path)["ndcg"] for seed in range(3)]
        return torch.stack(users).mean(dim=0)

    difference = mean("empty") - mean("base")
    row = comparisons.table(frame, tmp_path).query("metric == 'ndcg' and method == 'empty' and over == 'bare'").iloc[0]
    assert row["difference"] == pytest.approx(float(difference.mean()), abs=1e-9)
    assert row["percent"] == pytest.approx(100 * float(difference.mean() / mean("base").mean()), abs=1e-6)
    assert row["effect"] == pytest.approx(float(difference.mean() / difference.std()), abs=1e-6)


def test_a_method_and_a_control_are_compared_on_the_seeds_that_both_have(frame, tmp_path):
    frame = frame[(frame["method"] != "empty-random") | (frame["seed"] == 1)]
    row = (
        comparisons.table(frame, tmp_path).query("metric == 'ndcg' and method == 'empty' and over == 'random'").iloc[0]
    )
    assert row["seeds"] == 1


def test_p_values_are_corrected_by_holm(frame, tmp_path):
    table = comparisons.table(frame, tmp_path)
    smallest = 1 / 10001  # of a bootstrap with 10,000 resamples
    assert table["p"].min() == pytest.approx(smallest * len(table), rel=1e-6)


def test_fewer_than_three_seeds_get_no_mark(frame, tmp_path):
    found = comparisons.lines(comparisons.table(frame, tmp_path))
    two = next(line for line in found if "| lightgcn + good | bare |" in line)
    three = next(line for line in found if "| lightgcn + empty | bare |" in line)
    assert "*" not in two and "*" in three


def test_rows_without_values_of_users_are_left_out(frame, tmp_path):
    assert comparisons.table(frame.assign(identity=None), tmp_path).empty
    assert comparisons.table(frame, tmp_path / "elsewhere").empty
    assert len(comparisons.lines(comparisons.table(frame, tmp_path / "elsewhere"))) == 2
