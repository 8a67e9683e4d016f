"""Optimizers and schedulers of the caller: they are used, described, and continued exactly."""

from functools import partial

import pytest
import torch
from torch.optim import SGD, Adagrad, AdamW
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
)

from irllrec_pyg.models import LightGCN
from irllrec_pyg.recipes import Recipe
from irllrec_pyg.testing import tiny_data
from irllrec_pyg.training import Trainer, read_checkpoint

SETTINGS = {"batch_size": 64, "max_epochs": 6, "eval_every": 2, "patience": 10, "k": (5,), "metric": "recall@5",
            "progress": False}  # fmt: skip


class TensorLR(LRScheduler):
    """Its state is a tensor, and each epoch depends on the one before."""

    def __init__(self, optimizer):
        self.factor = torch.tensor(0.9)
        super().__init__(optimizer)

    def get_lr(self):
        self.factor *= 0.8
        return [group["initial_lr"] * float(self.factor) for group in self.optimizer.param_groups]


SCHEDULERS = {
    "exponential": lambda optimizer: ExponentialLR(optimizer, 0.7),
    "milestones": lambda optimizer: MultiStepLR(optimizer, [1, 3, 5]),  # its state has keys that are numbers
    "tensor": lambda optimizer: TensorLR(optimizer),
    "function": lambda optimizer: LambdaLR(optimizer, lambda epoch: 1.0 / (1 + epoch)),
    "one cycle": lambda optimizer: OneCycleLR(optimizer, 0.1, total_steps=9),  # it changes betas too
    "plateau": lambda optimizer: ReduceLROnPlateau(optimizer, mode="max", patience=0, threshold=0.5),
    "sequence": lambda optimizer: SequentialLR(
        optimizer, [MultiStepLR(optimizer, [1]), CosineAnnealingLR(optimizer, 4)], milestones=[2]
    ),
}
OPTIMIZERS = {
    "adamw": partial(AdamW, lr=0.02),
    "sgd": partial(SGD, lr=1.0),
    "momentum": partial(SGD, lr=1.0, momentum=0.9, nesterov=True),
    "adagrad": partial(Adagrad, lr=0.1),
}


def make(**settings):
    torch.manual_seed(0)
    return Trainer(LightGCN(24, 20, 8), tiny_data(), **{**SETTINGS, **settings})


def history(run, **arguments):
    records = run.fit(**arguments).history
    return [{name: value for name, value in record.items() if name != "seconds"} for record in records]


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_a_schedule_is_continued(tmp_path, scheduler):
    settings = {"optimizer": OPTIMIZERS["adamw"], "scheduler": SCHEDULERS[scheduler]}
    expected = make(**settings)
    records = history(expected)
    assert len({record["lr"] for record in records}) > 1, "the learning rate changes"
    file = tmp_path / "run.safetensors"
    make(checkpoint=file, **settings).fit(stop=lambda result: result.epoch == 4)
    resumed = make(checkpoint=file, **settings)
    assert history(resumed) == records
    assert torch.equal(resumed.model.embedding, expected.model.embedding)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_optimizer_is_continued(tmp_path, optimizer):
    expected, file = make(optimizer=OPTIMIZERS[optimizer]), tmp_path / "run.safetensors"
    records = history(expected)
    make(checkpoint=file, optimizer=OPTIMIZERS[optimizer]).fit(stop=lambda result: result.epoch == 4)
    resumed = make(checkpoint=file, optimizer=OPTIMIZERS[optimizer])
    assert history(resumed) == records
    assert torch.equal(resumed.model.embedding, expected.model.embedding)


def test_a_schedule_is_that_of_the_scheduler():
    records = history(make(optimizer=partial(SGD, lr=1.0), scheduler=SCHEDULERS["exponential"]))
    assert [record["lr"] for record in records] == pytest.approx([0.7**epoch for epoch in range(6)])


def test_a_plateau_counts_evaluations():
    """With a threshold that no metric passes, every evaluation but the first lowers the learning rate."""
    plateau = partial(ReduceLROnPlateau, mode="max", patience=0, threshold=10.0, factor=0.5)
    records = history(make(optimizer=partial(SGD, lr=1.0), scheduler=plateau))
    assert [record["lr"] for record in records] == [1.0, 1.0, 1.0, 1.0, 0.5, 0.5]


def test_objects_are_taken_as_they_are():
    torch.manual_seed(0)
    model = LightGCN(24, 20, 8)
    optimizer = AdamW(model.parameters(), lr=0.02)
    given = Trainer(model, tiny_data(), optimizer=optimizer, scheduler=SCHEDULERS["exponential"](optimizer), **SETTINGS)
    made = make(optimizer=OPTIMIZERS["adamw"], scheduler=SCHEDULERS["exponential"])
    assert given.identity == made.identity and history(given) == history(made)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"optimizer": partial(SGD, lr=0.02)}, r"optimizer.class was 'torch.optim.adamw.AdamW', is 'torch.optim.sgd"),
        ({"optimizer": partial(AdamW, lr=0.02, weight_decay=0.5)}, r"optimizer.groups was .*is "),
        ({"scheduler": SCHEDULERS["one cycle"]}, r"scheduler.class was '.*ExponentialLR', is '.*OneCycleLR'"),
        ({"scheduler": lambda optimizer: ExponentialLR(optimizer, 0.9)}, "scheduler.gamma was 0.7, is 0.9"),
        ({"scheduler": None}, "scheduler was .*, is None"),
        ({"max_grad_norm": 1.0}, "max_grad_norm was None, is 1.0"),
    ],
)
def test_another_optimizer_or_schedule_is_another_run(tmp_path, change, message):
    settings = {"optimizer": OPTIMIZERS["adamw"], "scheduler": SCHEDULERS["exponential"]}
    file = tmp_path / "run.safetensors"
    make(checkpoint=file, max_epochs=2, **settings).fit()
    with pytest.raises(ValueError, match=f"belongs to another run .*{message}"):
        make(checkpoint=file, **{**settings, **change}).fit()


def test_two_functions_of_the_epoch_are_two_schedules():
    factors = [lambda epoch: 0.5**epoch, lambda epoch: 0.9**epoch, lambda epoch: 0.5**epoch]
    identities = [make(scheduler=lambda o, f=f: LambdaLR(o, f)).identity for f in factors]
    assert identities[0] == identities[2] != identities[1]
    milestones = [make(scheduler=lambda o, m=m: MultiStepLR(o, m)).identity for m in ([2], [3])]
    assert milestones[0] != milestones[1]


def test_a_default_run_has_neither(tmp_path):
    file = tmp_path / "run.safetensors"
    run = make(checkpoint=file, max_epochs=2)
    assert not {"optimizer", "scheduler", "max_grad_norm"} & {*run.settings}
    run.fit()
    assert set(read_checkpoint(file)[1]) == {"run", "result"}


def test_gradients_are_clipped():
    """One step of plain gradient descent moves by the learning rate times the limit."""
    model = LightGCN(24, 20, 8)
    before = model.embedding.detach().clone()
    settings = {**SETTINGS, "batch_size": 10**6, "optimizer": partial(SGD, lr=1.0)}
    Trainer(model, tiny_data(), max_grad_norm=1e-3, **settings).train_epoch(1)
    assert float((model.embedding.detach() - before).norm()) == pytest.approx(1e-3, rel=1e-3)


def test_bad_arguments():
    other = LightGCN(24, 20, 8)
    with pytest.raises(ValueError, match="'lr' is 0.1, but 'optimizer' has a learning rate of its own"):
        make(lr=0.1, optimizer=AdamW)
    with pytest.raises(ValueError, match="'optimizer' holds parameters that are not the model's"):
        make(optimizer=AdamW(other.parameters()))
    with pytest.raises(TypeError, match="'optimizer' must be, or make, a torch.optim.Optimizer \\(got list\\)"):
        make(optimizer=list)
    with pytest.raises(TypeError, match="'optimizer' is LBFGS, which needs a closure"):
        make(optimizer=torch.optim.LBFGS)
    with pytest.raises(ValueError, match="'scheduler' changes another optimizer"):
        make(scheduler=ExponentialLR(AdamW(other.parameters()), 0.5))
    with pytest.raises(TypeError, match="'scheduler' must be, or make, a scheduler"):
        make(scheduler=lambda optimizer: 0.5)
    with pytest.raises(ValueError, match="use mode='max'"):
        make(scheduler=ReduceLROnPlateau)
    with pytest.raises(ValueError, match="'max_grad_norm' must be above 0"):
        make(max_grad_norm=0.0)


def test_a_recipe_takes_plain_arguments_only():
    recipe = Recipe({"name": "lightgcn"}, trainer={"max_grad_norm": 1.0})
    assert recipe.identity(tiny_data()) != Recipe({"name": "lightgcn"}).identity(tiny_data())
    with pytest.raises(ValueError, match="'trainer' has the argument 'optimizer'"):
        Recipe({"name": "lightgcn"}, trainer={"optimizer": "sgd"})
