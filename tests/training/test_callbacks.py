"""Callbacks, metrics of the caller, logs, and what a run says."""

import json
import sys

import pytest
import torch
from accelerate import Accelerator

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.models import LightGCN
from irllrec_pyg.ranking import evaluate, evaluate_users
from irllrec_pyg.recipes import Recipe
from irllrec_pyg.training import JSONLinesTracker, Trainer

SETTINGS = {"batch_size": 64, "max_epochs": 6, "eval_every": 3, "patience": 10, "k": (5,), "metric": "recall@5"}


def make(data, **settings):
    torch.manual_seed(0)
    return Trainer(LightGCN(30, 20, 8), data, **{**SETTINGS, "progress": False, **settings})


def first_place(hit, count):
    """Whether the first item of a list is a label, which no built-in metric says at a cut-off above one."""
    return hit[:, 0]


def average_precision(hit, count):
    place = torch.arange(1, hit.size(1) + 1)
    return (hit * hit.cumsum(dim=1) / place).sum(dim=1) / count.clamp(max=hit.size(1))


def test_callbacks_see_every_epoch_and_may_end_the_run(data):
    seen = []

    def record(trainer, result):
        seen.append((trainer.model, result.epoch, result.history[-1]["loss"]))

    run = make(data, callbacks=[record, lambda trainer, result: result.epoch == 4])
    result = run.fit()
    assert result.epoch == 4 and [epoch for _, epoch, _ in seen] == [1, 2, 3, 4]
    assert [loss for _, _, loss in seen] == [record["loss"] for record in result.history]
    assert all(model is run.model for model, _, _ in seen)


def test_metrics_by_name_and_by_function(data):
    run = make(data, metrics=["ndcg", first_place], metric="first_place@5")
    result = run.fit()
    assert {*run.evaluate()} == {"ndcg@5", "first_place@5"}
    edges = data[INTERACTS]
    one = evaluate(run.ranker(), edges.val_label_index, edges.edge_index, k=(1,))["precision@1"]
    assert result.best == pytest.approx(one), "the first place is the precision at one"


def test_a_function_is_a_metric_of_each_user(data):
    ranker, edges = make(data).ranker(), data[INTERACTS]
    labels = edges.test_label_index
    found = evaluate_users(ranker, labels, edges.edge_index, (3, 5), metrics=[average_precision, "mrr"])
    assert [*found.values] == ["average_precision@3", "mrr@3", "average_precision@5", "mrr@5"]
    # Every user of this data has one label, for which average precision is the reciprocal rank.
    torch.testing.assert_close(found.values["average_precision@5"], found.values["mrr@5"])
    some = evaluate_users(ranker, labels, edges.edge_index, (5,), users=found.user[4:9])
    everybody = evaluate_users(ranker, labels, edges.edge_index, (5,))
    assert torch.equal(some.user, everybody.user[4:9])
    assert all(torch.equal(value, everybody.values[name][4:9]) for name, value in some.values.items())


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        (["recal"], "'metrics' must be one of 'recall'"),
        ("recall", "'metrics' must be a list"),
        ([], "'metrics' must be a list"),
        (["recall", "recall"], "'metrics' holds two metrics 'recall'"),
        ([lambda hit, count: hit[:, 0]], "'metrics' holds a function '<lambda>'; give it a name"),
        (["ndcg"], "'metric' must be one of 'ndcg@5'"),
    ],
)
def test_metrics_are_checked_before_training(data, metrics, message):
    with pytest.raises(ValueError, match=message):
        make(data, metrics=metrics)


def test_a_metric_must_return_one_value_per_user(data):
    def everything(hit, count):
        return hit.float()

    with pytest.raises(ValueError, match=r"metric 'everything' must return one value for each of 30 users"):
        make(data, metrics=["recall", everything]).fit()


class Closing(JSONLinesTracker):
    """A tracker that says when it is closed."""

    closed = 0

    def finish(self):
        self.closed += 1


def test_logs_every_few_epochs_and_every_evaluation(data, tmp_path):
    tracker = Closing(tmp_path / "log.jsonl")
    accelerator = Accelerator(log_with=tracker)
    make(data, accelerator=accelerator, log_every=2).fit()
    steps = [json.loads(line).get("step") for line in tracker.path.read_text().splitlines()]
    assert steps == [None, 2, 3, 4, 6] and not tracker.closed


def test_trackers_are_closed_once_and_several_fits_share_them(data, tmp_path):
    tracker = Closing(tmp_path / "log.jsonl")
    accelerator = Accelerator(log_with=tracker)
    make(data, accelerator=accelerator, max_epochs=2).fit()
    make(data, accelerator=accelerator, max_epochs=3, end_training=True).fit()
    steps = [json.loads(line).get("step") for line in tracker.path.read_text().splitlines()]
    assert steps == [None, 1, 2, 1, 2, 3], "no record is written twice"
    assert tracker.closed == 1


def test_without_a_terminal_a_run_writes_a_line_per_epoch(data, capsys):
    result = make(data, progress=True).fit()
    first, *lines = capsys.readouterr().err.splitlines()
    steps = len(make(data).sampler)
    assert first == f"training in 1 process on cpu: {steps} steps per epoch, each of 64 interactions"
    assert len(lines) == 6 and lines[0] == f"epoch 1/6: loss {result.history[0]['loss']:.4f}"
    assert lines[-1] == f"epoch 6/6: loss {result.history[-1]['loss']:.4f}, recall@5 {result.best:.4f}"
    make(data, progress=False).fit()
    assert capsys.readouterr().err == ""


def test_on_a_terminal_a_run_shows_a_bar(data, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    make(data, progress=True).fit()
    text = capsys.readouterr().err
    assert "6/6" in text and "epoch 1/6" not in text


def test_what_a_run_says_and_logs_does_not_change_its_identity(data):
    plain = make(data)
    other = make(data, callbacks=[print], log_every=3, end_training=True, progress=True, metrics=["recall"])
    assert other.identity == plain.identity


def test_identities_of_older_versions_are_kept():
    """Committed results are keyed by these. They were computed before the trainer took an optimizer."""
    from irllrec_pyg.testing import tiny_data

    recipe = Recipe({"name": "lightgcn"}, trainer={"max_epochs": 2})
    assert recipe.identity(tiny_data()) == "5e9ef76140817e5f"
    torch.manual_seed(0)
    assert Trainer(LightGCN(24, 20, 8), tiny_data(), **SETTINGS).identity == "3f2d5cd9f1177f24"
