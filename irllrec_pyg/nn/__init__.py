"""Operators that work alone, in any PyG model: no training logic, no recommender around them."""

from .conv import IntentConv, LightConv
from .intent_encoder import IntentEncoder
from .momentum import MomentumCopy
from .prototype_attention import PrototypeAttention
from .text_projector import TextProjector

__all__ = ["IntentConv", "IntentEncoder", "LightConv", "MomentumCopy", "PrototypeAttention", "TextProjector"]
