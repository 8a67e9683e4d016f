"""Every registered model passes the contract of its kind: a new one is tested by being registered."""

import importlib
import itertools
import sys
from textwrap import dedent

import pytest
import torch

from irllrec_pyg.data import apply_control
from irllrec_pyg.models import (
    BACKBONES,
    CLOSED_FORMS,
    ENHANCERS,
    STANDALONE,
    create_backbone,
    create_closed_form,
    create_enhancer,
    create_standalone,
)
from irllrec_pyg.testing import check_backbone, check_enhancer, check_ranker, check_recommender

# Arguments that make a model small, and weights that make its terms large enough to be seen to train. A model that is
# not listed is tested with its defaults.
ARGUMENTS = {
    "lightgcn": {"embedding_dim": 8, "num_layers": 2, "edge_keep_rate": 0.8, "l2_weight": 1e-4},
    "sgl": {"embedding_dim": 8, "num_layers": 2, "l2_weight": 1e-4},
    "simgcl": {"embedding_dim": 8, "num_layers": 2, "l2_weight": 1e-4},
    "dccf": {"embedding_dim": 8, "num_intents": 4, "contrast_weight": 0.1},
    "bigcf": {"embedding_dim": 8, "num_layers": 2, "num_intents": 4},
    "irllrec": {"num_intents": 4, "pairwise_weight": 0.1, "translation_weight": 0.1, "matching_weight": 0.1},
    "irllrec-published": {"num_intents": 4, "pairwise_weight": 0.1, "translation_weight": 0.1, "matching_weight": 0.1},
    "rlmrec-con": {"profile_weight": 0.1},
    "rlmrec-gen": {"mask_ratio": 0.3, "reconstruction_weight": 0.1},
    "alpharec": {"embedding_dim": 8, "l2_weight": 1e-4},
    "ease": {"feature_weight": 2.0},
    "semantic-only": {"center": True},
}


def check_registered_backbone(name, data):
    check_backbone(lambda: create_backbone(name, data, **ARGUMENTS.get(name, {})), data)


def check_registered_enhancer(name, backbone, data):
    check_enhancer(
        lambda model: create_enhancer(name, model, data, **ARGUMENTS.get(name, {})),
        lambda: create_backbone(backbone, data, **ARGUMENTS.get(backbone, {})),
        data,
    )


def check_registered_closed_form(name, data):
    check_ranker(create_closed_form(name, data, **ARGUMENTS.get(name, {})), data)


@pytest.mark.parametrize("name", BACKBONES)
def test_backbone(name, data):
    check_registered_backbone(name, data)


# BIGCF is the backbone that differs most from LightGCN: prototypes, noise, and an encoding of its own.
@pytest.mark.parametrize(("name", "backbone"), list(itertools.product(ENHANCERS, ("lightgcn", "bigcf"))))
def test_enhancer(name, backbone, data):
    check_registered_enhancer(name, backbone, data)


@pytest.mark.parametrize("backbone", ["sgl", "simgcl", "dccf"])
def test_published_form_on_the_other_backbones(backbone, data):
    check_registered_enhancer("irllrec-published", backbone, data)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_closed_form(name, data):
    check_registered_closed_form(name, data)


@pytest.mark.parametrize("name", STANDALONE)
def test_standalone(name, data):
    check_recommender(lambda: create_standalone(name, data, **ARGUMENTS.get(name, {})), data)


@pytest.mark.parametrize("name", ENHANCERS)
def test_enhancer_with_trained_features(name, data):
    check_registered_enhancer(name, "lightgcn", apply_control(data, "learned", ("intent", "profile")))


@pytest.mark.parametrize("name", STANDALONE)
def test_standalone_with_trained_features(name, data):
    trained = apply_control(data, "learned", ("intent", "profile"))
    model = create_standalone(name, trained, **ARGUMENTS.get(name, {}))
    features = {key: value for key, value in model.named_parameters() if value.size(0) >= data["item"].num_nodes}
    assert features, "features are parameters of the model"
    check_recommender(lambda: create_standalone(name, trained, **ARGUMENTS.get(name, {})), data)


@pytest.mark.parametrize(
    "name", [name for name in CLOSED_FORMS if CLOSED_FORMS[name].features_read(feature_weight=1.0)]
)
def test_closed_forms_refuse_trained_features(name, data):
    settings = {"feature_weight": 1.0} if name == "ease" else {}
    with pytest.raises(ValueError, match="trains nothing"):
        create_closed_form(name, apply_control(data, "learned"), **settings)


NEW_MODELS = dedent(
    """
    import torch
    from irllrec_pyg.data import get_features
    from irllrec_pyg.models import BACKBONES, CLOSED_FORMS, ENHANCERS, Backbone, ClosedForm, Encoding, Enhancer


    @BACKBONES.register("new-backbone")
    class NewBackbone(Backbone):
        def __init__(self, num_users, num_items, embedding_dim=8, l2_weight=1e-4, **kwargs):
            super().__init__(num_users, num_items, embedding_dim, l2_weight, **kwargs)
            self.reset_parameters()

        def encode(self, graph, embedding=None):
            embedding = self.embedding if embedding is None else embedding
            return Encoding(*self.split(embedding), [embedding])


    @ENHANCERS.register("new-enhancer")
    class NewEnhancer(Enhancer):
        def __init__(self, backbone, user_feature, item_feature):
            super().__init__(backbone)
            self.lin = torch.nn.Linear(item_feature.size(1), self.embedding_dim)
            self.register_buffer("item_feature", item_feature, persistent=False)

        @classmethod
        def from_data(cls, backbone, data):
            return cls(backbone, *get_features(data, "intent"))

        def encode(self, graph):
            return self.backbone.encode(graph)

        def loss(self, encoding, batch):
            difference = encoding.item - self.lin(self.item_feature.to(self.lin.weight.dtype))
            return self.backbone.loss(encoding, batch) | {"distance": difference.square().mean()}


    @CLOSED_FORMS.register("new-closed-form")
    class NewClosedForm(ClosedForm):
        def score(self, user):
            return self.co_occurrence().sum(0).repeat(user.numel(), 1)
    """
)


@pytest.fixture
def new_models(tmp_path, monkeypatch):
    """A module of somebody else that registers a model of each kind."""
    (tmp_path / "new_models.py").write_text(NEW_MODELS)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("new_models")
    del sys.modules["new_models"]
    for registry in (BACKBONES, ENHANCERS, CLOSED_FORMS):
        registry._entries = {name: entry for name, entry in registry.items() if not name.startswith("new-")}


def test_a_new_model_takes_one_file(new_models, data):
    assert BACKBONES["new-backbone"] is new_models.NewBackbone
    check_registered_backbone("new-backbone", data)
    check_registered_enhancer("new-enhancer", "new-backbone", data)
    check_registered_closed_form("new-closed-form", data)


def test_contracts_can_fail(new_models, data, monkeypatch):
    def fails(match):
        return pytest.raises(AssertionError, match=match)

    backbone, closed_form = new_models.NewBackbone, new_models.NewClosedForm
    with monkeypatch.context() as patch, fails("uses the embedding"):
        patch.setattr(backbone, "encode", lambda self, graph, embedding=None, old=backbone.encode: old(self, graph))
        check_registered_backbone("new-backbone", data)
    with monkeypatch.context() as patch, fails("reset_parameters resets 'embedding'"):
        patch.setattr(backbone, "reset_parameters", lambda self, old=backbone.reset_parameters: reset_once(self, old))
        check_registered_backbone("new-backbone", data)
    with monkeypatch.context() as patch, fails("keeps the loss terms"):
        patch.setattr(new_models.NewEnhancer, "loss", lambda self, encoding, batch: {"x": self.lin.weight.sum()})
        check_registered_enhancer("new-enhancer", "lightgcn", data)
    shared = closed_form.from_data(data).score(torch.arange(30))
    with monkeypatch.context() as patch, fails("new tensor"):
        patch.setattr(closed_form, "score", lambda self, user: shared[: user.numel()])
        check_registered_closed_form("new-closed-form", data)


def reset_once(model, reset):
    """Resets a model when it is built, and never again."""
    if not hasattr(model, "was_reset"):
        reset(model)
        model.was_reset = True


@pytest.mark.parametrize(
    ("create", "message"),
    [
        (lambda data: create_backbone("ngcf", data), "there is no backbone 'ngcf'; .*known: .*lightgcn"),
        (lambda data: create_enhancer("llm", create_backbone("lightgcn", data), data), "there is no enhancer 'llm'"),
        (lambda data: create_standalone("gpt", data), "there is no standalone 'gpt'; .*known: alpharec"),
        (lambda data: create_closed_form("als", data), "there is no closed form 'als'; .*known: ease"),
    ],
)
def test_unknown_names_say_which_exist(create, message, data):
    with pytest.raises(ValueError, match=message):
        create(data)
