"""Training, evaluation and recommendation on the device of the tests, compared with the CPU."""

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from irllrec_pyg.models import create_backbone, create_enhancer
from irllrec_pyg.training import Trainer

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _own_state(monkeypatch):
    monkeypatch.delenv("ACCELERATE_USE_CPU", raising=False)  # which holds for the rest of the suite
    AcceleratorState._reset_state(reset_partial_state=True)
    yield
    AcceleratorState._reset_state(reset_partial_state=True)


def trained(data, device, objective="bpr", enhancer=None, **settings):
    torch.manual_seed(0)
    model = create_backbone("lightgcn", data, embedding_dim=8, objective=objective)
    model = create_enhancer(enhancer, model, data) if enhancer else model
    AcceleratorState._reset_state(reset_partial_state=True)
    accelerator = Accelerator(cpu=device.type == "cpu", **settings)
    trainer = Trainer(model, data, batch_size=32, max_epochs=3, eval_every=1, progress=False, accelerator=accelerator)
    result = trainer.fit()
    assert trainer.graph.edge_index.device.type == device.type
    return trainer, result


@pytest.mark.parametrize("objective", ["bpr", "softmax"])
def test_a_device_trains_as_the_cpu_does(data, device, objective):
    (one, expected), (two, found) = (trained(data, place, objective) for place in (CPU, device))
    for name, value in one.model.state_dict().items():
        torch.testing.assert_close(two.model.state_dict()[name].to(CPU), value, rtol=1e-3, atol=1e-4, msg=name)
    assert [epoch["loss"] for epoch in found.history] == pytest.approx([e["loss"] for e in expected.history], rel=1e-3)


@pytest.mark.parametrize("precision", ["no", "bf16"])
@pytest.mark.parametrize("enhancer", ["irllrec", "ranking-matching", "text-ranking"])
def test_enhancers_train_there_and_their_metrics_are_numbers(data, device, enhancer, precision):
    _, result = trained(data, device, enhancer=enhancer, mixed_precision=precision)
    assert 0 < result.best <= 1
