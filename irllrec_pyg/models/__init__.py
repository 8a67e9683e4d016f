"""Backbones, enhancers and stand-alone models."""

from .alpharec import AlphaRec
from .base import Backbone, Enhancer, Recommender
from .bigcf import BIGCF
from .blend import Blend, BlendEncoding
from .closed_form import ClosedForm
from .dccf import DCCF
from .ease import EASE
from .encoding import Batch, Encoding
from .irllrec import IntentEncoding, IRLLRec
from .item_knn import ItemKNN
from .kar import KAR
from .lightgcn import LightGCN
from .objectives import OBJECTIVES, Objective, create_objective
from .popularity import Popularity
from .profile_contrast import ProfileContrast
from .published_irllrec import PublishedIRLLRec
from .registry import (
    BACKBONES,
    CLOSED_FORMS,
    ENHANCERS,
    STANDALONE,
    create_backbone,
    create_blend,
    create_closed_form,
    create_enhancer,
    create_model,
    create_standalone,
)
from .rlmrec_con import RLMRecCon
from .rlmrec_gen import MaskedEncoding, RLMRecGen
from .semantic_only import SemanticOnly
from .sgl import SGL
from .simgcl import SimGCL
from .text_ranking import TextRanking

__all__ = [
    "BACKBONES",
    "BIGCF",
    "CLOSED_FORMS",
    "DCCF",
    "EASE",
    "ENHANCERS",
    "OBJECTIVES",
    "KAR",
    "SGL",
    "STANDALONE",
    "AlphaRec",
    "Backbone",
    "Batch",
    "Blend",
    "BlendEncoding",
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
    "TextRanking",
    "PublishedIRLLRec",
    "RLMRecCon",
    "RLMRecGen",
    "SemanticOnly",
    "Recommender",
    "SimGCL",
    "create_backbone",
    "create_blend",
    "create_closed_form",
    "create_enhancer",
    "create_model",
    "create_objective",
    "create_standalone",
]
