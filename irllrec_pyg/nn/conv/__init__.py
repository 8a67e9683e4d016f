"""Message passing operators."""

from .intent_conv import IntentConv
from .light_conv import LightConv

__all__ = ["IntentConv", "LightConv"]
