"""Texts and what models make of them."""

from .encoder import TextEncoder, find_model
from .features import text_features

__all__ = ["TextEncoder", "find_model", "text_features"]
