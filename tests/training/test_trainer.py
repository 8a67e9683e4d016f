"""Training: it learns, stops, logs, and resumes bit for bit."""

import json

import pytest
import torch
from accelerate import Accelerator

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.models import LightGCN, create_backbone, create_enhancer
from irllrec_pyg.training import JSONLinesTracker, Trainer, trainer

SETTINGS = {"batch_size": 32, "max_epochs": 8, "eval_every": 2, "patience": 10, "lr": 0.02, "k": (5,),
            "metric": "recall@5", "progress": False}  # fmt: skip


def build(data, seed=0):
    """IRLLRec over LightGCN with every source of randomness on: dropped edges, noise, teachers."""
    torch.manual_seed(seed)
    backbone = create_backbone("lightgcn", data, embedding_dim=8, num_layers=2, edge_keep_rate=0.8)
    return create_enhancer("irllrec", backbone, data, num_intents=4)


def weights(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def without_time(history):
    return [{name: value for name, value in record.items() if name != "seconds"} for record in history]


def test_learns_and_keeps_the_best(data):
    run = Trainer(build(data), data, **SETTINGS)
    before = run.evaluate("val")["recall@5"]
    result = run.fit()
    assert result.epoch == 8 and [record["epoch"] for record in result.history] == list(range(1, 9))
    assert result.history[-1]["bpr"] < result.history[0]["bpr"]
    assert result.best == max(r["recall@5"] for r in result.history if "recall@5" in r) >= before
    assert run.evaluate("val")["recall@5"] == result.best, "the model has the weights of the best epoch"
    assert not run.model.training
    terms = {"bpr", "l2", "pairwise", "translation", "matching"}
    for record in result.history:
        assert record["loss"] == pytest.approx(sum(record[term] for term in terms), rel=1e-5)


def test_stops_without_improvement(data):
    model = LightGCN(30, 20, 4)
    result = Trainer(model, data, **{**SETTINGS, "lr": 1e-12, "max_epochs": 100, "patience": 3}).fit()
    assert result.best_epoch == 2 and result.epoch == 8


@pytest.mark.parametrize("stop", [3, 5])
def test_resumed_equals_uninterrupted(data, tmp_path, stop, monkeypatch):
    whole = Trainer(build(data), data, **SETTINGS)
    expected = whole.fit()

    class Interrupted(trainer.TripletSampler):
        def epoch(self, epoch):
            batches = super().epoch(epoch)
            yield next(batches)
            if epoch == stop:
                raise KeyboardInterrupt
            yield from batches

    file = tmp_path / "run.safetensors"
    with monkeypatch.context() as patch:
        patch.setattr(trainer, "TripletSampler", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            Trainer(build(data), data, checkpoint=file, **SETTINGS).fit()
    torch.rand(3)  # whatever happened in between
    resumed = Trainer(build(data, seed=99), data, checkpoint=file, **SETTINGS)
    result = resumed.fit()
    assert without_time(result.history) == without_time(expected.history)
    assert (result.best, result.best_epoch) == (expected.best, expected.best_epoch)
    for name, tensor in weights(resumed.model).items():
        assert torch.equal(tensor, weights(whole.model)[name]), name


def test_a_finished_run_is_only_loaded(data, tmp_path):
    file = tmp_path / "run.safetensors"
    first = Trainer(build(data), data, checkpoint=file, **SETTINGS)
    expected = first.fit()
    again = Trainer(build(data, seed=1), data, checkpoint=file, **SETTINGS)
    assert without_time(again.fit().history) == without_time(expected.history)
    assert again.evaluate() == first.evaluate()
    longer = Trainer(build(data, seed=1), data, checkpoint=file, **{**SETTINGS, "max_epochs": 10}).fit()
    assert longer.epoch == 10
    anew = Trainer(build(data), data, checkpoint=file, **SETTINGS).fit(resume=False)
    assert without_time(anew.history) == without_time(expected.history)


def test_leaves_the_caller_s_random_state_alone(data):
    run = Trainer(build(data), data, **{**SETTINGS, "max_epochs": 1})
    torch.manual_seed(5)
    run.fit()
    after = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(after, torch.rand(1))


def test_another_run_s_checkpoint_is_refused(data, tmp_path):
    file = tmp_path / "run.safetensors"
    Trainer(build(data), data, checkpoint=file, **SETTINGS).fit()
    other = Trainer(build(data), data, checkpoint=file, **{**SETTINGS, "lr": 0.5})
    with pytest.raises(ValueError, match="belongs to another run .*lr was 0.02, is 0.5"):
        other.fit()


def test_logs_through_accelerate(data, tmp_path):
    file = tmp_path / "log.jsonl"
    accelerator = Accelerator(log_with=JSONLinesTracker(file))
    Trainer(build(data), data, accelerator=accelerator, **{**SETTINGS, "max_epochs": 2}).fit()
    recipe, *records = (json.loads(line) for line in file.read_text().splitlines())
    assert "lightgcn" in recipe["recipe"]
    assert [record["step"] for record in records] == [1, 2] and "recall@5" in records[-1]


def test_gathered_gradients_are_those_of_a_larger_batch(data):
    pairs = data[INTERACTS].edge_index.size(1) // 2 * 2
    data[INTERACTS].edge_index = data[INTERACTS].edge_index[:, :pairs]

    def make(batch_size, **kwargs):
        torch.manual_seed(0)
        model = create_backbone("lightgcn", data, embedding_dim=8)
        return Trainer(model, data, accelerator=Accelerator(**kwargs), **{**SETTINGS, "batch_size": batch_size})

    halves = make(pairs // 2, gradient_accumulation_steps=2)
    assert halves.recipe["accumulation"] == 2
    moved = []
    halves.model.after_step = lambda: moved.append(1)
    halves.train_epoch(1)
    whole = make(pairs)  # accelerate's state is the process's: only now
    whole.train_epoch(1)
    assert len(moved) == 1
    for mine, theirs in zip(halves.model.parameters(), whole.model.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-4)


def test_validation_items_are_excluded_on_request(data):
    run = Trainer(build(data), data, **SETTINGS)
    run.fit()
    paper, strict = run.evaluate("test"), run.evaluate("test", exclude_val=True)
    assert strict["recall@5"] >= paper["recall@5"] and strict != paper
    assert run.evaluate("val") == run.evaluate("val", exclude_val=True)


def test_divergence_is_named(data):
    model = build(data)
    with torch.no_grad():
        model.backbone.embedding.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="the loss of epoch 1 is nan"):
        Trainer(model, data, **SETTINGS).fit()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lr": 0.0}, "'lr' must be above 0"),
        ({"max_epochs": 0}, "'max_epochs' must be at least 1"),
        ({"patience": 0}, "'patience' must be at least 1"),
        ({"metric": "recall@7"}, "'metric' must be one of recall@5"),
        ({"batch_size": 0}, "'batch_size' must be at least 1"),
    ],
)
def test_arguments_out_of_range(data, arguments, message):
    with pytest.raises(ValueError, match=message):
        Trainer(build(data), data, **{**SETTINGS, **arguments})


def test_bad_input(data):
    with pytest.raises(ValueError, match="the model has 3 users and 4 items, the data 30 and 20"):
        Trainer(LightGCN(3, 4), data)
    with pytest.raises(ValueError, match="'split' must be 'val' or 'test'"):
        Trainer(build(data), data, **SETTINGS).evaluate("train")
