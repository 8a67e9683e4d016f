"""Models by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch_geometric.data import HeteroData

from .alpharec import AlphaRec
from .base import Backbone, Enhancer, Recommender
from .bigcf import BIGCF
from .blend import Blend
from .closed_form import ClosedForm
from .dccf import DCCF
from .ease import EASE
from .irllrec import IRLLRec
from .item_knn import ItemKNN
from .kar import KAR
from .lightgcn import LightGCN
from .popularity import Popularity
from .published_irllrec import PublishedIRLLRec
from .rlmrec_con import RLMRecCon
from .rlmrec_gen import RLMRecGen
from .semantic_only import SemanticOnly
from .sgl import SGL
from .simgcl import SimGCL

BACKBONES: dict[str, type[Backbone]] = {
    "lightgcn": LightGCN,
    "sgl": SGL,
    "simgcl": SimGCL,
    "dccf": DCCF,
    "bigcf": BIGCF,
}
CLOSED_FORMS: dict[str, type[ClosedForm]] = {
    "popularity": Popularity,
    "item-knn": ItemKNN,
    "ease": EASE,
    "semantic-only": SemanticOnly,
}
ENHANCERS: dict[str, type[Enhancer]] = {
    "irllrec": IRLLRec,
    "irllrec-published": PublishedIRLLRec,
    "rlmrec-con": RLMRecCon,
    "rlmrec-gen": RLMRecGen,
    "kar": KAR,
}
STANDALONE: dict[str, type[AlphaRec]] = {"alpharec": AlphaRec}


def create_backbone(name: str, data: HeteroData, **kwargs: Any) -> Backbone:
    """Builds a backbone for a data object, ``create_backbone("lightgcn", data, num_layers=2)``.

    Raises:
        ValueError: No backbone has that name; the message lists those that exist.
    """
    model: Backbone = _named("backbone", name, BACKBONES)(data["user"].num_nodes, data["item"].num_nodes, **kwargs)
    model.config = {"backbone": name, "backbone_args": kwargs}
    return model


def create_closed_form(name: str, data: HeteroData, **kwargs: Any) -> ClosedForm:
    """Computes a recommender that needs no training, ``create_closed_form("ease", data, l2_weight=200.0)``.

    Raises:
        ValueError: None has that name; the message lists those that exist.
    """
    return _named("closed form", name, CLOSED_FORMS).from_data(data, **kwargs)


def create_enhancer(name: str, backbone: Backbone, data: HeteroData, **kwargs: Any) -> Enhancer:
    """Wraps a backbone, with text features from the data object.

    Raises:
        ValueError: No enhancer has that name, or the data lacks the features that it reads.
    """
    model: Enhancer = _named("enhancer", name, ENHANCERS).from_data(backbone, data, **kwargs)
    model.config = {**backbone.config, "enhancer": name, "enhancer_args": kwargs}
    return model


def create_standalone(name: str, data: HeteroData, **kwargs: Any) -> Recommender:
    """Builds a model that has no backbone, with text features from the data object,
    ``create_standalone("alpharec", data)``.

    Raises:
        ValueError: None has that name, or the data lacks the features that it reads.
    """
    model: Recommender = _named("stand-alone model", name, STANDALONE).from_data(data, **kwargs)
    model.config = {"standalone": name, "standalone_args": kwargs}
    return model


def create_blend(name: str, model: Recommender, data: HeteroData, weight: float = 1.0, **kwargs: Any) -> Blend:
    """Adds a closed form's scores to a model's, ``create_blend("ease", model, data, weight=4.0, l2_weight=200.0)``.

    Raises:
        ValueError: None has that name; the message lists those that exist.
    """
    blend = Blend(model, create_closed_form(name, data, **kwargs), weight)
    blend.config = {**model.config, "blend": name, "blend_args": {"weight": weight, **kwargs}}
    return blend


def create_model(config: Mapping[str, Any], data: HeteroData) -> Recommender:
    """Builds a model from its ``config``, as a saved model keeps it.

    Args:
        config: ``standalone`` and ``standalone_args``, or ``backbone`` and ``backbone_args``; where there is one,
            ``enhancer`` and ``enhancer_args``; ``blend`` and ``blend_args`` likewise.
        data: The data object; an enhancer reads its features.
    """
    model: Recommender
    if "standalone" in config:
        model = create_standalone(config["standalone"], data, **config.get("standalone_args", {}))
    else:
        model = backbone = create_backbone(config["backbone"], data, **config.get("backbone_args", {}))
        if "enhancer" in config:
            model = create_enhancer(config["enhancer"], backbone, data, **config.get("enhancer_args", {}))
    if "blend" in config:
        model = create_blend(config["blend"], model, data, **config.get("blend_args", {}))
    return model


def _named(kind: str, name: str, registry: dict[str, type[Any]]) -> type[Any]:
    if name not in registry:
        raise ValueError(f"there is no {kind} {name!r}; choose one of {', '.join(sorted(registry))}")
    return registry[name]
