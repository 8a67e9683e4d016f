"""Every registered backbone and enhancer passes its contract: a new one is tested by being registered."""

import itertools

import pytest

from irllrec_pyg.models import (
    BACKBONES,
    ENHANCERS,
    STANDALONE,
    create_backbone,
    create_enhancer,
    create_model,
    create_standalone,
)
from irllrec_pyg.testing import check_backbone, check_enhancer, check_recommender

# Small weights would hide a term that does not train.
ARGUMENTS = {
    "lightgcn": {"embedding_dim": 8, "num_layers": 2, "edge_keep_rate": 0.8, "l2_weight": 1e-4},
    "sgl": {"embedding_dim": 8, "num_layers": 2, "l2_weight": 1e-4},
    "simgcl": {"embedding_dim": 8, "num_layers": 2, "l2_weight": 1e-4},
    "dccf": {"embedding_dim": 8, "num_intents": 4, "contrast_weight": 0.1},
    "bigcf": {"embedding_dim": 8, "num_layers": 2, "num_intents": 4},
    "irllrec": {"num_intents": 4, "pairwise_weight": 0.1, "translation_weight": 0.1, "matching_weight": 0.1},
    "kar": {},
    "alpharec": {"embedding_dim": 8, "l2_weight": 1e-4},
    "rlmrec-con": {"profile_weight": 0.1},
    "rlmrec-gen": {"mask_ratio": 0.3, "reconstruction_weight": 0.1},
    "irllrec-published": {"num_intents": 4, "pairwise_weight": 0.1, "translation_weight": 0.1, "matching_weight": 0.1},
}


@pytest.mark.parametrize("name", BACKBONES)
def test_backbone(name, data):
    check_backbone(lambda: create_backbone(name, data, **ARGUMENTS[name]), data)


@pytest.mark.parametrize(("enhancer", "backbone"), list(itertools.product(ENHANCERS, BACKBONES)))
def test_enhancer(enhancer, backbone, data):
    check_enhancer(
        lambda inner: create_enhancer(enhancer, inner, data, **ARGUMENTS[enhancer]),
        lambda: create_backbone(backbone, data, **ARGUMENTS[backbone]),
        data,
    )


@pytest.mark.parametrize("name", STANDALONE)
def test_standalone(name, data):
    check_recommender(lambda: create_standalone(name, data, **ARGUMENTS[name]), data)
    model = create_standalone(name, data, **ARGUMENTS[name])
    assert repr(create_model(model.config, data)) == repr(model)


def test_unknown_names_say_which_exist(data):
    with pytest.raises(ValueError, match=r"there is no backbone 'ngcf'; choose one of .*lightgcn"):
        create_backbone("ngcf", data)
    with pytest.raises(ValueError, match=r"there is no enhancer 'llm'; choose one of .*irllrec"):
        create_enhancer("llm", create_backbone("lightgcn", data), data)
    with pytest.raises(ValueError, match=r"there is no stand-alone model 'gpt'; choose one of alpharec"):
        create_standalone("gpt", data)


def test_config_builds_the_model_again(data):
    backbone = create_backbone("lightgcn", data, num_layers=1)
    assert create_model(backbone.config, data).num_layers == 1
    model = create_enhancer("irllrec", backbone, data, num_intents=3)
    again = create_model(model.config, data)
    assert {name: p.shape for name, p in again.named_parameters()} == {
        name: p.shape for name, p in model.named_parameters()
    }
