"""The table and the picture of the front page, and the hours of the tables."""

import pandas as pd
import pytest

from benchmarks import headline, hours


@pytest.fixture
def folder(tmp_path):
    """Rows of two budgets and two seeds."""
    rows = [
        {"dataset": dataset, "method": method, "budget_s": budget, "seed": seed, "split": "test", "metric": "ndcg"}
        | {"value": value + 0.01 * seed, "low": value - 0.01, "high": value + 0.02}
        for dataset in headline.DATASETS
        for method, budget, value in (("ease", 60, 0.5), ("ease", 120, 0.2), ("fit", 120, 0.3))
        for seed in (0, 1)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "by_default.csv", index=False)
    gains = [
        {"dataset": dataset, "method": method, "metric": "ndcg", "seed": seed, "budget_s": 60}
        | {"value": value, "low": value - 0.01, "high": value}
        for dataset in headline.DATASETS
        for method, value in (("fit", 0.02), ("fit-shuffled-text", -0.01), ("fit-random-text", 0.0))
        for seed in (0, 1)
    ]
    pd.DataFrame(gains).to_csv(tmp_path / "by_default_gains.csv", index=False)
    return tmp_path


def test_table_has_the_largest_budget_and_means_over_seeds(folder):
    page = folder / "page.md"
    page.write_text("before\n<!-- headline -->\n<!-- /headline -->\nafter\n")
    headline.write(folder, page)
    text = page.read_text()
    assert "| Last.fm | 0.2050 [0.1900, 0.2200] | 0.3050 [0.2900, 0.3200] | +0.0200 [+0.0100, +0.0200] |" in text
    assert "On Amazon-book, plain EASE reaches 0.2050, and `fit` is 49% better." in text
    assert "Searches took 2 minutes, those that are compared 1 minutes; numbers are means over 2 seeds." in text
    assert "Texts alone add 9.8% of EASE's accuracy, and shuffled texts -4.9%." in text


def test_picture(folder):
    headline.draw(folder, folder / "picture.png")
    assert (folder / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_hours_count_a_run_once():
    run = {"dataset": "lastfm", "method": "base", "seconds": 1800.0}
    rows = [{**run, "seed": seed, "metric": metric} for seed in (0, 1) for metric in ("recall", "ndcg")]
    assert hours.hours(pd.DataFrame(rows)).to_dict() == {"lastfm": 1.0}
