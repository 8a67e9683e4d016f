"""Backbones, enhancers and stand-alone models."""

from .base import Backbone, Batch, Encoding, Enhancer, Recommender
from .irllrec import IntentEncoding, IRLLRec
from .lightgcn import LightGCN
from .published_irllrec import PublishedIRLLRec
from .registry import BACKBONES, ENHANCERS, create_backbone, create_enhancer, create_model

__all__ = [
    "BACKBONES",
    "ENHANCERS",
    "Backbone",
    "Batch",
    "Encoding",
    "Enhancer",
    "IRLLRec",
    "IntentEncoding",
    "LightGCN",
    "PublishedIRLLRec",
    "Recommender",
    "create_backbone",
    "create_enhancer",
    "create_model",
]
