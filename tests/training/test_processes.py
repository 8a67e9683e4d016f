"""Two processes train and evaluate as one does: same batches, same gradients, same metrics, same checkpoints."""

import os
import socket
import warnings
from contextlib import closing

import pytest
import torch
import torch.multiprocessing
from accelerate import Accelerator

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.models import BACKBONES, ENHANCERS, LightGCN, create_backbone, create_enhancer
from irllrec_pyg.ops.share import Share, use_share
from irllrec_pyg.testing import tiny_batch, tiny_data
from irllrec_pyg.training import JSONLinesTracker, Trainer

SETTINGS = {"batch_size": 30, "max_epochs": 4, "eval_every": 2, "lr": 0.02, "k": (5,), "metric": "recall@5",
            "progress": False}  # fmt: skip
CASES = {
    "bpr": ({}, None, {}),
    "softmax": ({"objective": "softmax"}, None, {"by_user": True}),
    "in-batch softmax": ({"objective": "in-batch-softmax", "edge_keep_rate": 0.8}, None, {}),
    "tiles": ({"objective": {"name": "in-batch-softmax", "num_candidates": 9}}, None, {"tile_size": 11}),
    "batch": ({"edge_keep_rate": 0.8}, {"scope": "batch", "every": 2}, {}),
    "all": ({}, {"scope": "all", "every": 1}, {"max_grad_norm": 0.1}),
    "all, large logits": ({}, {"scope": "all", "every": 1, "scale": 500.0}, {}),
}


def trainer(name, **settings):
    """A trainer of one of the cases. Gradients of two batches are accumulated, and the last batch is a small one."""
    data, (backbone, enhancer, more) = tiny_data(), CASES[name]
    # Started processes may have different random states: weights are those of the first.
    torch.manual_seed(int(os.environ.get("RANK", "0")))
    model = create_backbone("lightgcn", data, embedding_dim=8, num_layers=2, **backbone)
    if enhancer is not None:
        model = create_enhancer("irllrec", model, data, num_intents=4, **enhancer)
    accelerator = settings.pop("accelerator", None) or Accelerator(cpu=True, gradient_accumulation_steps=2)
    return Trainer(model, data, accelerator=accelerator, **{**SETTINGS, **more, **settings})


def outcome(run):
    """What a run gives: its weights, its history without times, and the metrics of the test users."""
    history = [{name: value for name, value in record.items() if name != "seconds"} for record in run.fit().history]
    return run.model.state_dict(), history, run.evaluate("test")


def error_of(call):
    """The message of the error that a call raises."""
    try:
        call()
    except (ValueError, FloatingPointError) as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


def work(rank, folder, port):
    """What each of two processes does."""
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    torch.set_num_threads(1)
    found = {name: outcome(trainer(name)) for name in CASES}
    found["resumed"] = outcome(trainer("batch", checkpoint=folder / "one.safetensors"))
    trainer("batch", checkpoint=folder / "two.safetensors", max_epochs=2).fit()
    found["few users"] = trainer("bpr")
    found["few users"].pairs["val_label_index"] = found["few users"].pairs["val_label_index"][:, :1]
    found["few users"] = found["few users"].evaluate("val")
    found["stopped"] = trainer("bpr").fit(stop=lambda result: rank == 0 and result.epoch == 1).epoch
    found["called back"] = trainer("bpr", callbacks=[lambda trainer, result: rank == 0]).fit().epoch
    accelerator = Accelerator(cpu=True, log_with=JSONLinesTracker(folder / "log.jsonl"))
    trainer("bpr", accelerator=accelerator).fit()
    other = tiny_data()
    other[INTERACTS].edge_index = other[INTERACTS].edge_index[:, rank:]
    found["other data"] = error_of(lambda: Trainer(LightGCN(24, 20, 8), other, **SETTINGS))
    found["other model"] = error_of(lambda: Trainer(LightGCN(24, 20, 8 + rank), tiny_data(), **SETTINGS))
    diverging = trainer("bpr")
    diverging.model.forward = lambda graph, batch: {
        "bpr": diverging.model.embedding.sum() * (torch.nan if rank else 1.0)
    }
    found["divergence in one process"] = error_of(diverging.fit)
    torch.save(found, folder / f"{rank}.pt")
    accelerator.end_training()


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What both processes found, and the folder that they wrote to."""
    folder = tmp_path_factory.mktemp("processes")
    trainer("batch", checkpoint=folder / "one.safetensors", max_epochs=2).fit()
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(work, (folder, port), nprocs=2)
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(2)], folder


def assert_same(found, expected):
    """Asserts that two outcomes are the same up to rounding."""
    for name, tensor in expected[0].items():
        torch.testing.assert_close(found[0][name], tensor, rtol=0.0, atol=1e-5, msg=name)
    assert len(found[1]) == len(expected[1])
    for mine, theirs in zip(found[1], expected[1], strict=True):
        assert mine == pytest.approx(theirs, rel=1e-4, abs=1e-6)
    assert found[2] == pytest.approx(expected[2], abs=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_two_processes_train_as_one(results, name):
    both = [result[name] for result in results[0]]
    assert_same(both[0], outcome(trainer(name)))
    for key, tensor in both[0][0].items():
        assert torch.equal(tensor, both[1][0][key]), f"both processes have the same {key}"
    assert both[0][1:] == both[1][1:], "both processes have the same metrics"


def test_a_run_continues_on_another_number_of_processes(results):
    (first, _), folder = results
    expected = outcome(trainer("batch"))
    assert_same(first["resumed"], expected)
    assert_same(outcome(trainer("batch", checkpoint=folder / "two.safetensors")), expected)


def test_processes_take_the_same_decisions(results):
    for result in results[0]:
        assert result["stopped"] == 1 and result["called back"] == 1
        assert result["few users"] == results[0][0]["few users"]
        assert "edge_index" not in result["other data"]
        assert result["other data"].startswith("ValueError: process 1 trains another model, or on other data")
        assert "model.embedding was [44, 8], is [44, 9]" in result["other model"]
        assert result["divergence in one process"].startswith("FloatingPointError: 'bpr' is NaN or infinite in step 1")


def test_only_the_first_process_writes(results):
    lines = (results[1] / "log.jsonl").read_text().splitlines()
    assert len(lines) == 1 + SETTINGS["max_epochs"]


@pytest.mark.parametrize("name", [*BACKBONES, *ENHANCERS, "alpharec"])
@pytest.mark.parametrize("count", [2, 3])
def test_shares_of_any_model_add_up(data, graph, name, count, monkeypatch):
    """The mean over the shares is the loss and the gradient of all rows. One-sided losses need no other process."""
    from irllrec_pyg.models import create_standalone
    from irllrec_pyg.ops import two_sided

    monkeypatch.setattr(two_sided, "_bounded", lambda *matrices: False)
    if name in BACKBONES:
        model = create_backbone(name, data, embedding_dim=8)
    elif name in ENHANCERS:
        model = create_enhancer(name, create_backbone("lightgcn", data, embedding_dim=8, objective="softmax"), data)
    else:
        model = create_standalone(name, data, embedding_dim=8)
    state, batch = {key: value.clone() for key, value in model.state_dict().items()}, tiny_batch(data, size=17)

    def terms(share):
        torch.manual_seed(3)
        model.load_state_dict(state)
        model.zero_grad()
        with use_share(share):
            values = model(graph, batch)
            torch.stack([*values.values()]).sum().backward()
        grads = {key: p.grad.clone() for key, p in model.named_parameters() if p.grad is not None}
        return {**{key: value.detach() for key, value in values.items()}, **grads}

    expected, parts = terms(Share()), [terms(Share(index, count)) for index in range(count)]
    for key, value in expected.items():
        mean = torch.stack([part[key] for part in parts]).mean(dim=0)
        torch.testing.assert_close(mean, value, rtol=1e-4, atol=1e-6, msg=key)
    assert any(not torch.equal(parts[0][key], expected[key]) for key in expected), "something is divided"


def test_processes_that_do_not_know_of_each_other_are_noticed(data, monkeypatch):
    accelerator = Accelerator(cpu=True)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.warns(UserWarning, match="2 processes were started, but each of them trains alone"):
        Trainer(LightGCN(30, 20, 8), data, accelerator=accelerator, **SETTINGS)
    monkeypatch.setenv("WORLD_SIZE", "1")
    with warnings.catch_warnings(action="error"):
        Trainer(LightGCN(30, 20, 8), data, accelerator=accelerator, **SETTINGS)
