"""Texts and what models make of them."""

from .encoder import TextEncoder, find_model

__all__ = ["TextEncoder", "find_model"]
