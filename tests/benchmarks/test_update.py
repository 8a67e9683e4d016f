"""What an update brings, and what it is compared with."""

import pytest
import torch

from benchmarks import update
from irllrec_pyg import Engine, Recipe
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.models import EASE
from irllrec_pyg.ranking import evaluate
from irllrec_pyg.testing import tiny_data


@pytest.fixture
def whole(monkeypatch):
    monkeypatch.setattr(update, "WHOLLY_NEW", 0.05)  # so that some of the few are new
    data = update.named(tiny_data(num_users=80, num_items=60))
    del data["user"].profile, data["item"].profile
    data["item"].text = [f"film {item}" for item in range(60)]
    return data


def pairs_of(data, name="edge_index"):
    user, item = data[INTERACTS][name].tolist()
    return {(data["user"].original_id[u], data["item"].original_id[i]) for u, i in zip(user, item, strict=True)}


def test_an_update_brings_what_was_taken_away(whole):
    before, table = update.take_away(whole, seed=1)
    late = set(zip(table["user"], table["item"], strict=True))
    assert not late & pairs_of(before)
    assert late | pairs_of(before) == pairs_of(whole)
    new = [set(whole[side].original_id) - set(before[side].original_id) for side in ("user", "item")]
    assert all(new) and 0.1 <= len(late) / 400 < 0.3
    for name in ("val_label_index", "test_label_index"):
        kept = {(user, item) for user, item in pairs_of(whole, name) if user not in new[0] and item not in new[1]}
        assert pairs_of(before, name) == kept
    row = before["item"].original_id.index(next(iter(set(before["item"].original_id) - {"item 0"})))
    node = whole["item"].original_id.index(before["item"].original_id[row])
    assert torch.equal(before["item"].intent[row], whole["item"].intent[node])


def test_users_are_compared_with_themselves_although_their_numbers_differ(whole):
    before, table = update.take_away(whole, seed=1)
    updated = Engine(EASE.from_data(before), before).update(table)
    assert updated.data["user"].original_id != whole["user"].original_id
    expected = Engine(EASE.from_data(whole), whole)
    values = [update.values_of(engine, whole, "test")["ndcg@20"] for engine in (updated, expected)]
    pairs = whole[INTERACTS]
    assert float(values[1].double().mean()) == pytest.approx(
        evaluate(expected.ranker, pairs.test_label_index, pairs.edge_index, (20,))["ndcg@20"]
    )
    torch.testing.assert_close(*values)


def test_every_method_has_its_rows(whole, monkeypatch):
    few = {"trainer.max_epochs": 2}
    recipes = {name: one if one.is_closed_form else one.replace(few) for name, one in update.RECIPES.items()}
    monkeypatch.setattr(update, "RECIPES", {**recipes, "ease": Recipe({"name": "ease", "l2_weight": 5.0})})
    rows = {(row["method"], row["metric"]): row for row in update.compare(whole, seed=1)}
    for method in (*update.RECIPES, "blend"):
        for metric in update.METRICS:
            ratio, new, anew = (rows[method, f"{metric} {kind}"]["value"] for kind in ("ratio", "update", "anew"))
            assert ratio == pytest.approx(new / anew)
    assert rows["ease", "ndcg@20 ratio"]["value"] == pytest.approx(1.0, abs=1e-3)
    seconds = [rows["trained parts", f"seconds {kind}"]["value"] for kind in ("ratio", "update", "anew")]
    assert seconds[0] == pytest.approx(seconds[1] / seconds[2])
