"""A run that diverges stops with the term, the step and the epoch, and leaves the best weights in the model."""

import pandas as pd
import pytest
import torch
from accelerate import Accelerator

from irllrec_pyg import Engine, Recipe
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.distillation import Student, TeacherHead, fit_student
from irllrec_pyg.models import CLOSED_FORMS, LightGCN, create_closed_form
from irllrec_pyg.ranking import EmbeddingRanker
from irllrec_pyg.recommender import Source
from irllrec_pyg.testing import tiny_data
from irllrec_pyg.training import Trainer
from irllrec_pyg.training.processes import Processes
from irllrec_pyg.training.term_sums import TermSums

SETTINGS = {"batch_size": 32, "max_epochs": 6, "eval_every": 1, "patience": 10, "lr": 0.02, "k": (5,),
            "metric": "recall@5", "progress": False}  # fmt: skip
NONE = torch.empty(2, 0, dtype=torch.long)


class Diverging(LightGCN):
    """LightGCN with a term that is not finite in one step, counted from the first."""

    bad_step, value, count = 0, float("nan"), 0

    def loss(self, encoding, batch):
        if self.training:
            self.count += 1
        bad = self.value if self.count == self.bad_step else 1.0
        return {**super().loss(encoding, batch), "extra": bad * self.embedding.square().sum()}


def diverging(data, step, value, **settings):
    """A trainer whose model diverges in a step."""
    torch.manual_seed(0)
    model = Diverging(30, 20, 8)
    model.bad_step, model.value = step, value
    return Trainer(model, data, **{**SETTINGS, **settings})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("keeps_checkpoint", [False, True])
def test_the_best_weights_stay(data, tmp_path, value, keeps_checkpoint):
    settings = {"checkpoint": tmp_path / "run.safetensors"} if keeps_checkpoint else {}
    steps = len(diverging(data, 0, value).sampler)
    expected = diverging(data, 0, value, max_epochs=3, **settings)
    metrics = expected.fit() and expected.evaluate("val")
    if keeps_checkpoint:
        settings["checkpoint"].unlink()
    run = diverging(data, 3 * steps + 2, value, **settings)
    with pytest.raises(FloatingPointError, match="^'extra' is NaN or infinite in step 2 of epoch 4; lower the"):
        run.fit()
    assert run.evaluate("val") == metrics and not run.model.training


def test_a_run_that_diverges_at_once_keeps_its_first_weights(data):
    run = diverging(data, 1, float("nan"))
    before = run.model.embedding.detach().clone()
    with pytest.raises(FloatingPointError, match="in step 1 of epoch 1"):
        run.fit()
    assert torch.equal(run.model.embedding, before)


def test_a_gradient_that_overflows_in_the_last_step_is_noticed(data):
    """Its loss is finite, and no other step follows in which a loss is not."""
    run = diverging(data, 0, 1.0, max_epochs=1)
    optimizer = run.optimizer.optimizer
    step = optimizer.step

    def overflow(*args, **kwargs):
        step(*args, **kwargs)
        if run.model.count == len(run.sampler):
            run.model.embedding.data[3, 2] = torch.inf

    run.optimizer.step = overflow
    with pytest.raises(FloatingPointError, match="^'embedding' is NaN or infinite after epoch 1; lower"):
        run.fit()


def test_an_interrupted_run_has_the_best_weights_too(data):
    run = diverging(data, 0, 1.0)

    def stop(result):
        if result.epoch == 4:
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        run.fit(stop=stop)
    again = diverging(data, 0, 1.0, max_epochs=4)
    again.fit()
    assert run.evaluate("val") == again.evaluate("val")


def test_scores_that_are_not_finite_stop_a_run_with_the_best_weights(data):
    class Broken(EmbeddingRanker):
        calls = 0

        def score(self, user):
            self.calls += 1
            return super().score(user) * (torch.nan if self.calls > 2 else 1.0)

    run = diverging(data, 0, 1.0, blend_with=[(Broken(torch.zeros(30, 1), torch.zeros(20, 1)), 1.0)])
    alone = diverging(data, 0, 1.0, max_epochs=2)
    alone.fit()
    with pytest.raises(ValueError, match="Blend gives scores that are NaN or infinity"):
        run.fit()
    torch.testing.assert_close(run.model.embedding, alone.model.embedding)


def test_values_are_read_now_and_then_only(data, monkeypatch):
    """To read a value waits for the device. 130 steps are three looks at all terms, and one look at the weights."""
    sums, looks = TermSums(1, Processes(Accelerator(cpu=True))), []
    monkeypatch.setattr(torch.Tensor, "__bool__", lambda self: looks.append("bool"))
    monkeypatch.setattr(torch.Tensor, "__float__", lambda self: looks.append("float"))
    monkeypatch.setattr(torch.Tensor, "item", lambda self: looks.append("item"))
    tolist = torch.Tensor.tolist
    monkeypatch.setattr(torch.Tensor, "tolist", lambda self: looks.append("tolist") or tolist(self))
    for step in range(1, 131):
        sums.add(step, {"bpr": torch.tensor(1.0), "loss": torch.tensor(2.0)})
    assert sums.means() == {"bpr": 1.0, "loss": 2.0}
    assert looks == ["tolist"] * 4


@pytest.mark.parametrize("bad", [1, 64, 65, 130])
def test_the_first_bad_step_is_named(bad):
    sums = TermSums(7, Processes(Accelerator(cpu=True)))
    with pytest.raises(FloatingPointError, match=f"^'l2' is NaN or infinite in step {bad} of epoch 7"):
        for step in range(1, 131):
            value = torch.tensor(torch.nan if step >= bad else 1.0)
            sums.add(step, {"bpr": torch.tensor(1.0), "l2": value, "loss": value})
        sums.means()


def test_a_student_that_diverges_keeps_its_best_weights():
    head = TeacherHead(torch.tensor([[2, 1], [0, 1]]), torch.tensor([[0.7, 0.2], [0.7, 0.2]]))

    def student():
        torch.manual_seed(0)
        return Student(torch.randn(2, 2), torch.randn(3, 2), torch.arange(2).split(1))

    with pytest.raises(FloatingPointError, match=r"the distillation loss is NaN or infinite in step \d of epoch \d+;"):
        diverged = student()
        fit_student(diverged, head, NONE, lr=3e38, progress=False)
    assert torch.equal(diverged.ranker().item_embedding, student().ranker().item_embedding)


@pytest.mark.parametrize("held_out", [True, False])
def test_an_update_that_diverges_leaves_the_engine_as_it_was(held_out):
    data = tiny_data()
    run = Recipe({"name": "lightgcn", "embedding_dim": 8}, trainer={"max_epochs": 2}).fit(data, progress=False)
    for name in () if held_out else ("val_label_index", "test_label_index"):
        data[INTERACTS][name] = NONE
    source = Source.from_run(run)
    source.recipe["trainer"]["lr"] = 1e38
    engine = Engine(run.ranker, data, {}, [source])
    before = engine.ranker.score(torch.arange(24))
    with pytest.raises(FloatingPointError, match="is NaN or infinite (in step 1 of|after) epoch 1"):
        engine.update(pd.DataFrame({"user": ["zoe", "zoe"], "item": ["item 3", "item 5"]}))
    assert torch.equal(engine.ranker.score(torch.arange(24)), before)


@pytest.mark.parametrize("name", CLOSED_FORMS)
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_closed_forms_refuse_features_that_are_not_finite(name, value):
    weight = {} if CLOSED_FORMS[name].features_read() else {"feature_weight": 1.0}
    try:
        reads = CLOSED_FORMS[name].features_read(**weight)
    except TypeError:
        reads = ()
    if not reads:
        pytest.skip(f"{name} reads no features")
    data = tiny_data()
    for feature in reads:
        data["item"][feature][3, 1] = value
    with pytest.raises(ValueError, match="NaN|finite"):
        create_closed_form(name, data, **weight)


def test_a_sum_that_overflows_is_named_as_the_loss():
    large = torch.tensor(3e38)
    sums = TermSums(2, Processes(Accelerator(cpu=True)))
    with pytest.raises(FloatingPointError, match="^'loss' is NaN or infinite in step 1 of epoch 2"):
        sums.add(1, {"a": large, "b": large, "loss": large + large})
        sums.check()
