"""The benchmark of explanations: which rows it makes, and that wrong explanations would be found."""

import sys

import pandas as pd
import pytest
import torch

from benchmarks import faithfulness
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.datasets.synthetic import SyntheticMovies
from irllrec_pyg.models import EASE, ItemWeights
from irllrec_pyg.testing import tiny_data


@pytest.fixture
def rows(tmp_path, monkeypatch):
    """Results on a small synthetic dataset."""
    small = SyntheticMovies(tmp_path / "data", num_users=40, num_items=60)[0]
    monkeypatch.setattr(faithfulness, "load_dataset", lambda *args, **kwargs: small)
    call = ["faithfulness", "--dataset", "synthetic", "--users", "20", "--epochs", "1"]
    monkeypatch.setattr(sys, "argv", [*call, "--results", str(tmp_path / "f.csv")])
    faithfulness.main()
    return pd.read_csv(tmp_path / "f.csv")


def test_rows(rows):
    assert not rows.duplicated(faithfulness.KEY).any()
    assert ((rows["low"] <= rows["value"]) & (rows["value"] <= rows["high"])).all()
    with_p = rows["metric"].str.endswith("_difference")
    assert (rows["p"].notna() == with_p).all() and rows.loc[with_p, "p"].between(0, 1).all()
    assert set(rows["method"].str.partition(",")[0]) == {"removal", "planted"}
    value = rows.set_index(["method", "metric"])["value"]
    words = value["planted, words (text of the user)"]
    assert words["first_word_planted"] > words["first_word_permuted"]
    assert {"versions", "device", "seed", "dataset"} <= set(rows)


def test_the_named_items_count_more_than_others():
    data = tiny_data(num_users=60, num_items=40)
    weight = EASE.from_data(data, l2_weight=5.0).weight
    pairs = torch.stack([torch.arange(60).repeat_interleave(8), torch.arange(8).repeat(60)])
    data[INTERACTS].edge_index = pairs  # histories from which three named and three other items can be removed
    rows = faithfulness.removal(ItemWeights(pairs, 60, 40, weight), data, 10, 0)
    found = {row["metric"]: row["value"] for row in rows}
    assert found["score_drop_named"] > found["score_drop_random"]
    assert found["score_drop_difference"] == pytest.approx(found["score_drop_named"] - found["score_drop_random"])


def test_words_belong_to_the_intent_that_holds_most():
    space = list(faithfulness.INTENTS).index("space")
    assert faithfulness.intent_of(["stars", "brave crews", "dawn"]) == space
    assert faithfulness.intent_of(["harbor"]) == -1 == faithfulness.intent_of([])
