"""Steps of several tiles: one encoding, and the gradient of the whole batch."""

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import nn

from irllrec_pyg.models import (
    BACKBONES,
    ENHANCERS,
    Batch,
    Encoding,
    LightGCN,
    Recommender,
    create_backbone,
    create_enhancer,
    create_standalone,
)
from irllrec_pyg.testing import tiny_batch
from irllrec_pyg.training import Trainer
from irllrec_pyg.training.tiles import split_batch, tiled_backward

SETTINGS = {"batch_size": 50, "max_epochs": 4, "eval_every": 2, "lr": 0.02, "k": (5,), "metric": "recall@5",
            "progress": False}  # fmt: skip


def create(name, data):
    """Any model that is trained, by its name."""
    if name in BACKBONES:
        return create_backbone(name, data, embedding_dim=8)
    if name in ENHANCERS:
        return create_enhancer(name, create_backbone("lightgcn", data, embedding_dim=8, edge_keep_rate=0.8), data)
    return create_standalone(name, data, embedding_dim=8)


def gradients(model, call):
    """Terms and gradients of a step that begins with the same random state and the same buffers."""
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    torch.manual_seed(3)
    model.zero_grad()
    terms = call()
    grads = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.load_state_dict(state)
    return {name: value.detach() for name, value in terms.items()}, grads


def whole(model, graph, batch):
    def call():
        terms = model(graph, batch)
        torch.stack([*terms.values()]).sum().backward()
        return terms

    return gradients(model, call)


def tiled(model, graph, batch, size):
    return gradients(model, lambda: tiled_backward(model, graph, batch, size, Accelerator()))


@pytest.mark.parametrize("name", [*BACKBONES, *ENHANCERS, "alpharec"])
def test_one_tile_is_the_whole_step_of_any_model(data, graph, name):
    """Whatever an encoding holds, the gradient goes through it."""
    model, batch = create(name, data), tiny_batch(data, size=17)
    expected, found = whole(model, graph, batch), tiled(model, graph, batch, 17)
    assert expected[1], "there is a gradient"
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("size", [1, 5, 16])
@pytest.mark.parametrize("scope", ["all", "batch"])
@pytest.mark.parametrize("objective", ["bpr", "softmax"])
def test_tiles_add_up_to_the_batch(data, graph, objective, scope, size):
    model = LightGCN(30, 20, 8, l2_weight=0.1, l2_scope=scope, objective=objective).double()
    batch = tiny_batch(data, size=17)
    expected, found = whole(model, graph, batch), tiled(model, graph, batch, size)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["bpr", "softmax"])
def test_a_run_of_tiles_is_a_run_of_batches(data, name):
    """The last batch of an epoch is smaller, gradients of two batches are accumulated, and norms are limited."""

    def outcome(**settings):
        torch.manual_seed(0)
        model = LightGCN(30, 20, 8, objective=name)
        accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
        trainer = Trainer(model, data, accelerator=accelerator, max_grad_norm=0.1, **SETTINGS, **settings)
        records = [{**record, "seconds": 0.0} for record in trainer.fit().history]
        return records, dict(model.state_dict())

    torch.testing.assert_close(outcome(tile_size=7), outcome(), rtol=1e-4, atol=1e-6)


def test_in_batch_negatives_come_from_the_tile(data, graph):
    model, batch = LightGCN(30, 20, 8, l2_weight=0.0, objective="in-batch-softmax").eval(), tiny_batch(data, size=18)
    with torch.no_grad():
        encoding = model.encode(graph)
        tiles = torch.stack([model.loss(encoding, tile)["softmax"] for tile in split_batch(batch, 6)])
        together = model.loss(encoding, batch)["softmax"]
    found = tiled_backward(model, graph, batch, 6, Accelerator())["softmax"]
    torch.testing.assert_close(found, tiles.mean())
    assert found < together, "fewer negatives"


def test_the_graph_is_encoded_once_per_step(data, monkeypatch):
    model = create("irllrec", data)
    calls, sizes = [], []
    encode, loss = type(model).encode, type(model).loss
    monkeypatch.setattr(type(model), "encode", lambda self, graph: calls.append(1) or encode(self, graph))
    monkeypatch.setattr(
        type(model),
        "loss",
        lambda self, encoding, batch: sizes.append(batch.user.numel()) or loss(self, encoding, batch),
    )
    trainer = Trainer(model, data, tile_size=20, **SETTINGS)
    teachers = [name for name in model.state_dict() if name.startswith("teacher.")]
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    terms = trainer.train_epoch(1)
    steps = len(trainer.sampler)
    assert len(calls) == steps and sum(sizes) == trainer.sampler.user.numel() and max(sizes) == 20
    assert int(model.interval.step) == steps, "the interval counts steps, not tiles"
    assert any(not torch.equal(model.state_dict()[name], before[name]) for name in teachers)
    assert set(terms) == {"bpr", "l2", "pairwise", "translation", "matching", "loss"}


def test_a_model_without_a_part_to_train_in_its_encoding(graph, data):
    """The loss may reach the parameters by another way than the encoding."""

    class Constant(Recommender):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(3))

        def encode(self, graph):
            return Encoding(torch.zeros(30, 3), torch.zeros(20, 3), [])

        def loss(self, encoding, batch):
            return {"l2": self.weight.square().sum()}

    model, batch = Constant(), Batch(*torch.zeros(3, 4, dtype=torch.long))
    torch.testing.assert_close(tiled(model, graph, batch, 3), whole(model, graph, batch))


def test_half_precision(data):
    """The terms are those of a whole step in half precision, which differ from those in single precision."""

    def terms(**settings):
        torch.manual_seed(0)
        model = create("rlmrec-con", data)
        return Trainer(model, data, **{**SETTINGS, "batch_size": 1000}, **settings).train_epoch(1)

    single = terms()
    AcceleratorState._reset_state(reset_partial_state=True)
    half = [terms(accelerator=Accelerator(cpu=True, mixed_precision="bf16"), tile_size=size) for size in (None, 1000)]
    AcceleratorState._reset_state(reset_partial_state=True)
    assert half[0] == pytest.approx(half[1], rel=1e-5) and half[0]["profile"] != pytest.approx(single["profile"], 1e-5)


def test_runs_know_their_tiles(data, tmp_path):
    file = tmp_path / "run.safetensors"
    Trainer(LightGCN(30, 20, 8), data, tile_size=20, checkpoint=file, **SETTINGS).fit()
    with pytest.raises(ValueError, match="tile_size was 20, is None"):
        Trainer(LightGCN(30, 20, 8), data, checkpoint=file, **SETTINGS).fit()
    assert Trainer(LightGCN(30, 20, 8), data, tile_size=20, checkpoint=file, **SETTINGS).fit().epoch == 4


def test_bad_arguments(data):
    with pytest.raises(ValueError, match="'tile_size' must be at least 1 \\(got 0\\); use None for the whole batch"):
        Trainer(LightGCN(30, 20, 8), data, tile_size=0, **SETTINGS)
    AcceleratorState._reset_state(reset_partial_state=True)
    compiled = Accelerator(cpu=True, dynamo_backend="inductor")
    with pytest.raises(ValueError, match="compiles the model with dynamo_backend='inductor'; leave out one of them"):
        Trainer(LightGCN(30, 20, 8), data, tile_size=8, accelerator=compiled, **SETTINGS)
    AcceleratorState._reset_state(reset_partial_state=True)
