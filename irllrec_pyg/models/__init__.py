"""Models: backbones, enhancers, closed forms and stand-alone models."""

from .backbone import Backbone
from .backbones import BIGCF, DCCF, SGL, LightGCN, SimGCL
from .base import Recommender, evaluation_mode
from .closed_form import (
    EASE,
    GFCF,
    L3AE,
    ClosedForm,
    ItemItemModel,
    ItemKNN,
    ItemWeights,
    LinearClosedForm,
    Popularity,
    RP3Beta,
    SemanticOnly,
)
from .encoding import Batch, Encoding
from .enhancer import Enhancer
from .enhancers import (
    KAR,
    IntentEncoding,
    IRLLRec,
    MaskedEncoding,
    ProfileContrast,
    PublishedIRLLRec,
    RankingMatching,
    RLMRecCon,
    RLMRecGen,
    TextRanking,
)
from .objectives import BPR, OBJECTIVES, InBatchSoftmax, Objective, Softmax, create_objective
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
    "BPR",
    "CLOSED_FORMS",
    "DCCF",
    "EASE",
    "ENHANCERS",
    "GFCF",
    "KAR",
    "L3AE",
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
    "InBatchSoftmax",
    "ItemItemModel",
    "ItemKNN",
    "ItemWeights",
    "LightGCN",
    "LinearClosedForm",
    "MaskedEncoding",
    "Objective",
    "Popularity",
    "ProfileContrast",
    "PublishedIRLLRec",
    "RLMRecCon",
    "RLMRecGen",
    "RP3Beta",
    "Recommender",
    "SemanticOnly",
    "SimGCL",
    "Softmax",
    "RankingMatching",
    "TextRanking",
    "create_backbone",
    "create_closed_form",
    "create_enhancer",
    "create_objective",
    "create_standalone",
    "evaluation_mode",
]
