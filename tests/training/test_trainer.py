"""Training: it learns, stops, logs, and resumes bit for bit."""

import inspect
import json

import pytest
import torch
from accelerate import Accelerator

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.models import LightGCN, create_backbone, create_closed_form, create_enhancer
from irllrec_pyg.ranking import evaluate, top_k
from irllrec_pyg.testing import tiny_data
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
    uninterrupted = Trainer(build(data), data, **SETTINGS)
    expected = uninterrupted.fit()

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
    torch.rand(3)  # other draws in between do not count
    resumed = Trainer(build(data, seed=99), data, checkpoint=file, **SETTINGS)
    result = resumed.fit()
    assert without_time(result.history) == without_time(expected.history)
    assert (result.best, result.best_epoch) == (expected.best, expected.best_epoch)
    for name, tensor in weights(resumed.model).items():
        assert torch.equal(tensor, weights(uninterrupted.model)[name]), name


def test_a_finished_run_is_only_loaded(data, tmp_path):
    file = tmp_path / "run.safetensors"
    first = Trainer(build(data), data, checkpoint=file, **SETTINGS)
    expected = first.fit()
    again = Trainer(build(data, seed=1), data, checkpoint=file, **SETTINGS)
    assert without_time(again.fit().history) == without_time(expected.history)
    assert again.evaluate() == first.evaluate()
    longer = Trainer(build(data, seed=1), data, checkpoint=file, **{**SETTINGS, "max_epochs": 10}).fit()
    assert longer.epoch == 10
    with pytest.raises(ValueError, match="holds a run of 10 epochs, but with max_epochs=8 .* it ends after 8"):
        Trainer(build(data), data, checkpoint=file, **SETTINGS).fit()
    anew = Trainer(build(data), data, checkpoint=file, **SETTINGS).fit(resume=False)
    assert without_time(anew.history) == without_time(expected.history)


def test_leaves_the_caller_s_random_state_alone(data):
    run = Trainer(build(data), data, **{**SETTINGS, "max_epochs": 1})
    torch.manual_seed(5)
    run.fit()
    after = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(after, torch.rand(1))


def test_a_run_that_was_trained_longer_than_the_patience_allows_is_refused(data, tmp_path):
    settings = {**SETTINGS, "lr": 1e-12, "checkpoint": tmp_path / "run.safetensors"}
    Trainer(LightGCN(30, 20, 4), data, **{**settings, "patience": 3}).fit()
    with pytest.raises(ValueError, match="holds a run of 8 epochs, but with .*patience=2 it ends after 6"):
        Trainer(LightGCN(30, 20, 4), data, **{**settings, "patience": 2}).fit()
    assert Trainer(LightGCN(30, 20, 4), data, **{**settings, "max_epochs": 20, "patience": 4}).fit().epoch == 10


def test_logs_through_accelerate(data, tmp_path):
    file = tmp_path / "log.jsonl"
    accelerator = Accelerator(log_with=JSONLinesTracker(file))
    Trainer(build(data), data, accelerator=accelerator, **{**SETTINGS, "max_epochs": 2}).fit()
    config, *records = (json.loads(line) for line in file.read_text().splitlines())
    assert config["lr"] == 0.02 and config["k"] == "5" and config["model.class"] == "IRLLRec"
    assert config["model.arguments.backbone.arguments.num_layers"] == 2, "every setting is a parameter of its own"
    assert not any(isinstance(value, dict | list) for value in config.values())
    assert [record["step"] for record in records] == [1, 2] and "recall@5" in records[-1]


def test_accumulated_gradients_are_those_of_a_larger_batch(data):
    pairs = data[INTERACTS].edge_index.size(1) // 2 * 2
    data[INTERACTS].edge_index = data[INTERACTS].edge_index[:, :pairs]

    def make(batch_size, **kwargs):
        torch.manual_seed(0)
        model = create_backbone("lightgcn", data, embedding_dim=8)
        return Trainer(model, data, accelerator=Accelerator(**kwargs), **{**SETTINGS, "batch_size": batch_size})

    halves = make(pairs // 2, gradient_accumulation_steps=2)
    assert halves.description["accumulation"] == 2
    steps = []
    halves.model.after_step = lambda: steps.append(1)
    halves.train_epoch(1)
    full = make(pairs)  # built only now, because accelerate keeps its state per process
    full.train_epoch(1)
    assert len(steps) == 1
    for mine, theirs in zip(halves.model.parameters(), full.model.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-4)


def test_validation_items_are_excluded_on_request(data):
    run = Trainer(build(data), data, **SETTINGS)
    run.fit()
    paper, strict = run.evaluate("test"), run.evaluate("test", exclude_val=True)
    assert strict["recall@5"] >= paper["recall@5"] and strict != paper
    assert run.evaluate("val") == run.evaluate("val", exclude_val=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lr": 0.0}, "'lr' must be above 0"),
        ({"max_epochs": 0}, "'max_epochs' must be at least 1"),
        ({"patience": 0}, "'patience' must be at least 1"),
        ({"metric": "recall@7"}, "'metric' must be one of 'recall@5'"),
        ({"batch_size": 0}, "'batch_size' must be at least 1"),
    ],
)
def test_arguments_out_of_range(data, arguments, message):
    with pytest.raises(ValueError, match=message):
        Trainer(build(data), data, **{**SETTINGS, **arguments})


def test_bad_input(data):
    with pytest.raises(ValueError, match="the model has 3 users and 4 items, the data 30 and 20"):
        Trainer(LightGCN(3, 4), data, k=(3,), metric="recall@3")
    with pytest.raises(ValueError, match="'split' must be one of 'val', 'test'"):
        Trainer(build(data), data, **SETTINGS).evaluate("train")
    with pytest.raises(ValueError, match="'k' must lie between 1 and the number of items, 20"):
        Trainer(build(data), data, k=(5, 50), metric="recall@5")
    data[INTERACTS].val_label_index = torch.empty(2, 0, dtype=torch.long)
    with pytest.raises(ValueError, match="'val_label_index' is empty"):
        Trainer(build(data), data, **SETTINGS)


def test_ids_of_any_integer_type(data):
    expected = Trainer(build(data), data, **SETTINGS).fit()
    for name in ("edge_index", "val_label_index", "test_label_index"):
        data[INTERACTS][name] = data[INTERACTS][name].to(torch.int32)
    run = Trainer(build(data), data, **SETTINGS)
    assert without_time(run.fit().history) == without_time(expected.history)


def test_a_model_without_noise_trains_as_in_version_0_1():
    """Order and negatives have the random stream that they had; these losses were computed by version 0.1."""
    torch.manual_seed(0)
    settings = {**SETTINGS, "lr": 0.01, "max_epochs": 3, "eval_every": 3}
    data = tiny_data()
    run = Trainer(create_backbone("lightgcn", data, embedding_dim=8), data, **settings)
    losses = [record["loss"] for record in run.fit().history]
    assert losses == pytest.approx([0.49516761302948, 0.3499091863632202, 0.21464551985263824], rel=1e-6)
    assert run.evaluate("test")["ndcg@5"] == pytest.approx(0.6142623424530029, rel=1e-6)


def test_noise_of_the_model_and_negatives_are_independent(data):
    """Version 0.1 seeded both alike, so that the noise of an epoch came from the numbers that drew its negatives."""
    run, draws = Trainer(build(data), data, **SETTINGS), []

    def record(graph, batch):
        draws.append(torch.randint(20, (30,)))
        return {"loss": run.model.backbone.embedding.sum()}

    run.step_model = run.model
    run.model.forward = record
    for epoch in (1, 2):
        run.train_epoch(epoch)
    generators = [torch.Generator().manual_seed(run.sampler.seed * 1_000_003 + epoch) for epoch in (1, 2)]
    of_sampler = [torch.randint(20, (30,), generator=generator) for generator in generators]
    of_caller = torch.randint(20, (30,), generator=torch.Generator().manual_seed(0))
    first_of_each = [draws[0], draws[len(run.sampler)], *of_sampler, of_caller]
    for number, numbers in enumerate(first_of_each):
        assert not any(torch.equal(numbers, earlier) for earlier in first_of_each[:number])


def test_a_blend_steers_early_stopping_and_leaves_training_alone(data):
    ease = create_closed_form("ease", data)
    settings = {**SETTINGS, "max_epochs": 2}
    runs = [Trainer(build(data), data, blend_with=blend, **settings) for blend in ([], [(ease, 1e6)], [(ease, 0.0)])]
    alone, heavy, nothing = (run.fit() for run in runs)
    assert alone.history[-1]["loss"] == heavy.history[-1]["loss"] == nothing.history[-1]["loss"]
    for run in runs[1:]:
        torch.testing.assert_close(run.model.backbone.embedding, runs[0].model.backbone.embedding)
    edges = data[INTERACTS]
    assert heavy.best == evaluate(ease, edges.val_label_index, edges.edge_index, k=(5,))["recall@5"]
    assert nothing.best == alone.best != heavy.best
    assert torch.equal(top_k(runs[1].ranker(), range(30), 3)[0], ease.score(torch.arange(30)).topk(3).indices)


def test_a_blend_is_checked_before_training(data):
    small = create_closed_form("ease", tiny_data())
    with pytest.raises(ValueError, match="'blend_with' holds EASE with 24 users and 20 items, but the model has 30"):
        Trainer(build(data), data, blend_with=[(small, 1.0)], **SETTINGS)
    with pytest.raises(ValueError, match="'weight in blend_with' must not be negative"):
        Trainer(build(data), data, blend_with=[(create_closed_form("ease", data), -1.0)], **SETTINGS)


def test_matmul_precision_holds_while_it_trains_only(data):
    seen = []

    def stop(result):
        seen.append(torch.get_float32_matmul_precision())
        if result.epoch == 2:
            raise KeyboardInterrupt
        return False

    run = Trainer(build(data), data, **SETTINGS, matmul_precision="medium")
    with pytest.raises(KeyboardInterrupt):
        run.fit(stop=stop)
    assert seen == ["medium"] * 3 and torch.get_float32_matmul_precision() == "highest"
    assert run.identity != Trainer(build(data), data, **SETTINGS).identity
    with pytest.raises(ValueError, match="'matmul_precision'"):
        Trainer(build(data), data, matmul_precision="fast")


def test_settings_are_named(data):
    model = LightGCN(30, 20, 8)
    assert Trainer(model=model, data=data, progress=False).model is model
    with pytest.raises(TypeError, match="positional"):
        Trainer(model, data, 1e-3)
    assert Trainer.fit.__name__ == "fit" and "resume" in str(inspect.signature(Trainer.fit))
