"""Backbones against the numbers of the published code on a tiny problem."""

import numpy as np
import pytest
import torch

from irllrec_pyg.data import JointGraph
from irllrec_pyg.models import BACKBONES, Batch
from tests.conftest import shared

CONTRAST = {"contrast_weight": 0.3, "contrast_temperature": 0.2}
# Noise is off in these numbers: no edge is dropped and nothing is drawn.
ARGUMENTS = {
    "lightgcn": {},
    "sgl": {"keep_rate": 1.0, **CONTRAST},
    "simgcl": {"noise_eps": 0.0, **CONTRAST},
    "dccf": {"num_intents": 4, **CONTRAST},
    "bigcf": {"num_intents": 4, "intent_l2_weight": 0.05, "noise": 0.0, **CONTRAST},
}
TERMS = {"bpr_loss": "bpr", "mf_loss": "bpr", "reg_loss": "l2", "cl_loss": "contrast", "cen_loss": "intent_l2"}


def close(ours, theirs):
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4 * float(theirs.abs().max()))


@pytest.mark.parametrize("name", ARGUMENTS)
def test_published_numbers(name):
    numbers = np.load(shared(f"parity/{name}.npz"))
    read = lambda key: torch.from_numpy(numbers[key])  # noqa: E731

    def table(kind, side):  # the published code names its tables differently from model to model
        names = (f"{kind}_{side}_embeds", f"{kind}_{side}_embeds.weight", f"{kind}_{side}_embedding.weight")
        return read(next(key for key in names if key in numbers))

    graph = JointGraph.from_pairs(torch.stack([read("user"), read("item")]), 40, 30)
    model = BACKBONES[name](40, 30, embedding_dim=8, num_layers=2, l2_weight=0.01, **ARGUMENTS[name])
    intents = ("user_intent", "item_intent") if "param_user_intent" in numbers else ()
    with torch.no_grad():
        model.embedding.copy_(torch.cat([table("param", "user"), table("param", "item")]))
        for side in intents:
            getattr(model, side).prototype.copy_(read(f"param_{side}").t())

    encoding = model.encode(graph)
    close(encoding.user, read("user_embedding"))
    close(encoding.item, read("item_embedding"))
    if name == "dccf":
        for kind, theirs in enumerate(("extra0", "extra1", "extra2", "extra3")):
            close(torch.stack([layer[kind] for layer in encoding.messages]), read(theirs))
    if name == "bigcf":
        close(encoding.joint, read("extra0"))
        close(encoding.intent, read("extra1"))

    terms = model.loss(encoding, Batch(*(read(f"batch_{part}") for part in Batch._fields)))
    expected = {TERMS[key[5:]]: float(numbers[key]) for key in numbers if key[5:] in TERMS}
    assert {term: float(value.detach()) for term, value in terms.items()} == pytest.approx(expected, rel=1e-4)
    total = torch.stack(list(terms.values())).sum()
    assert float(total.detach()) == pytest.approx(float(numbers["loss"]), rel=1e-4)
    total.backward()
    close(model.embedding.grad, torch.cat([table("grad", "user"), table("grad", "item")]))
    for side in intents:
        close(getattr(model, side).prototype.grad, read(f"grad_{side}").t())


def test_every_backbone_is_compared():
    assert ARGUMENTS.keys() == BACKBONES.keys()
