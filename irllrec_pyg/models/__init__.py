"""Models: backbones, enhancers, closed forms and stand-alone models."""

from .backbones import BIGCF, DCCF, SGL, LightGCN, SimGCL
from .base import Backbone, Enhancer, Recommender, evaluation_mode
from .closed_form import EASE, ClosedForm, ItemKNN, Popularity, SemanticOnly
from .encoding import Batch, Encoding
from .enhancers import (
    KAR,
    IntentEncoding,
    IRLLRec,
    MaskedEncoding,
    ProfileContrast,
    PublishedIRLLRec,
    RLMRecCon,
    RLMRecGen,
    TextRanking,
)
from .objectives import OBJECTIVES, Objective, create_objective
from .registry import (
    BACKBONES,
    CLOSED_FORMS,
    ENHANCERS,
    STANDALONE,
    create_backbone,
    create_closed_form,
    create_enhancer,
    create_standalone,
)
from .standalone import AlphaRec

__all__ = [
    "BACKBONES",
    "BIGCF",
    "CLOSED_FORMS",
    "DCCF",
    "EASE",
    "ENHANCERS",
    "KAR",
    "OBJECTIVES",
    "SGL",
    "STANDALONE",
    "AlphaRec",
    "Backbone",
    "Batch",
    "ClosedForm",
    "Encoding",
    "Enhancer",
    "IRLLRec",
    "IntentEncoding",
    "ItemKNN",
    "LightGCN",
    "MaskedEncoding",
    "Objective",
    "Popularity",
    "ProfileContrast",
    "PublishedIRLLRec",
    "RLMRecCon",
    "RLMRecGen",
    "Recommender",
    "SemanticOnly",
    "SimGCL",
    "TextRanking",
    "create_backbone",
    "create_closed_form",
    "create_enhancer",
    "create_objective",
    "create_standalone",
    "evaluation_mode",
]
