"""Enhancers over every backbone, and AlphaRec, against the numbers of the published code on a tiny problem."""

import itertools

import numpy as np
import pytest
import torch

from irllrec_pyg.data import JointGraph
from irllrec_pyg.models import BACKBONES, AlphaRec, Batch, PublishedIRLLRec, RLMRecCon, RLMRecGen
from irllrec_pyg.models.enhancers.rlmrec_gen import MaskedEncoding
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
TERMS = {
    "bpr_loss": "bpr",
    "mf_loss": "bpr",
    "reg_loss": "l2",
    "cl_loss": "contrast",
    "cen_loss": "intent_l2",
    "kd_loss": "profile",
    "kd_int_loss": "pairwise",
    "recon_loss": "reconstruction",
}
UNUSED = ("param_itm_", "param_logit_scale")
PLACES = {"user_intent.prototype": "user_intent", "item_intent.prototype": "item_intent"}


def perceptron(ours, theirs):
    layers = itertools.product((("lin1", 0), ("lin2", 2)), ("weight", "bias"))
    return {f"{ours}.{lin}.{kind}": f"{theirs}.{row}.{kind}" for (lin, row), kind in layers}


class Published:
    """The numbers of one method over one backbone."""

    def __init__(self, backbone, method):
        self.numbers = np.load(shared(f"parity/{backbone}+{method}.npz"))
        sizes = {"embedding_dim": 8, "num_layers": 2, "l2_weight": 0.01}
        self.backbone = BACKBONES[backbone](40, 30, **sizes, **ARGUMENTS[backbone])
        self.graph = JointGraph.from_pairs(torch.stack([self["user"], self["item"]]), 40, 30)
        self.batch = Batch(*(self[f"batch_{part}"] for part in Batch._fields))
        self.profiles = self["user_profile"], self["item_profile"]

    def __getitem__(self, key):
        return torch.from_numpy(self.numbers[key])

    def value(self, kind, name, places):
        """A parameter or its gradient, by our name."""
        name = name.removeprefix("backbone.")
        if name == "embedding":
            tables = [
                next(key for key in self.numbers if key.startswith(f"{kind}_{side}_embed")) for side in ("user", "item")
            ]
            return torch.cat([self[table] for table in tables])
        value = self[f"{kind}_{places[name]}"]
        return value.t() if name.endswith("prototype") else value

    def check(self, model, places, encode=None):
        """Loads the weights, and compares clean encoding, terms, total and every gradient."""
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(self.value("param", name, places))
        clean = model.eval().encode(self.graph)
        close(clean.user, self["user_embedding"])
        close(clean.item, self["item_embedding"])
        encoding = model.train().encode(self.graph) if encode is None else encode()
        terms = model.loss(encoding, self.batch)
        expected = {TERMS[key[5:]]: float(self.numbers[key]) for key in self.numbers if key[5:] in TERMS}
        # The published L2 counts parameters that nothing else reads.
        unused = 0.01 * sum(float(self[key].square().sum()) for key in self.numbers if key.startswith(UNUSED))
        expected["l2"] -= unused
        found = {term: float(value.detach()) for term, value in terms.items()}
        assert {term: found[term] for term in expected} == pytest.approx(expected, rel=1e-4)
        rest = sum(value for term, value in found.items() if term not in expected)
        assert rest == pytest.approx(float(self.numbers["term_unnamed"]), rel=1e-4, abs=1e-5)
        total = torch.stack(list(terms.values())).sum()
        assert float(total.detach()) == pytest.approx(float(self.numbers["loss"]) - unused, rel=1e-4)
        total.backward()
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                close(parameter.grad, self.value("grad", name, places), name)


def close(ours, theirs, name=""):
    tolerance = 1e-4 * float(theirs.abs().max())
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=tolerance, msg=lambda text: f"{name}: {text}")


@pytest.mark.parametrize("backbone", BACKBONES)
def test_rlmrec_con(backbone):
    published = Published(backbone, "rlmrec-con")
    model = RLMRecCon(published.backbone, *published.profiles, profile_weight=0.5, profile_temperature=0.2)
    published.check(model, PLACES | perceptron("profile.tower", "mlp"))


@pytest.mark.parametrize("backbone", BACKBONES)
def test_rlmrec_gen(backbone, monkeypatch):
    published = Published(backbone, "rlmrec-gen")
    weights = {"reconstruction_weight": 0.4, "reconstruction_temperature": 0.3}
    model = RLMRecGen(published.backbone, *published.profiles, hide=backbone != "bigcf", **weights)
    monkeypatch.setattr(model, "draw", lambda: published["masked_nodes"])
    published.check(model, {**PLACES, "mask_token": "masker.mask_token"} | perceptron("reconstructor", "mlp"))
    assert isinstance(model.encode(published.graph), MaskedEncoding)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_irllrec(backbone):
    published, is_lightgcn = Published(backbone, "irllrec"), backbone == "lightgcn"
    model = PublishedIRLLRec(
        published.backbone,
        published["user_intent_feature"],
        published["item_intent_feature"],
        *published.profiles,
        num_intents=4,
        pairwise_weight=0.7,
        pairwise_temperature=0.25,
        profile_weight=0.5,
        translation_weight=0.11 * is_lightgcn,
        matching_weight=0.13 * is_lightgcn,
        noise=0.0,
        pairwise_negatives=backbone != "simgcl",
        message="next" if backbone == "bigcf" else "embedding",
    )
    places = PLACES | {f"interaction_tower.{side}.prototype": f"{side}_intent" for side in ("user", "item")}
    places |= perceptron("text_tower", "int_mlp") | perceptron("profile.tower", "mlp")
    places |= perceptron("teacher.text_tower.module", "int_mlp_m")
    published.check(model, places)


def test_alpharec():
    numbers = np.load(shared("parity/alpharec.npz"))
    read = lambda key: torch.from_numpy(numbers[key])  # noqa: E731
    pairs, item = torch.stack([read("user"), read("item")]), read("item_profile")
    mean = torch.stack([item[pairs[1, pairs[0] == user]].mean(0) for user in range(40)])
    sizes = {"embedding_dim": 8, "num_layers": 2, "temperature": 0.15, "l2_weight": 0.01}
    model = AlphaRec(mean, item, cosine=False, **sizes)
    places = perceptron("mlp", "mlp")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(read(f"param_{places[name]}"))
    encoding = model.encode(JointGraph.from_pairs(pairs, 40, 30))
    close(encoding.user, read("user_embedding"))
    close(encoding.item, read("item_embedding"))
    terms = model.loss(encoding, Batch(*(read(f"batch_{part}") for part in Batch._fields)))
    assert float(terms["softmax"].detach()) == pytest.approx(float(numbers["term_ssm_loss"]), rel=1e-4)
    assert float(terms["l2"].detach()) == pytest.approx(float(numbers["term_unnamed"]), rel=1e-4)
    sum(terms.values()).backward()
    for name, parameter in model.named_parameters():
        close(parameter.grad, read(f"grad_{places[name]}"), name)
