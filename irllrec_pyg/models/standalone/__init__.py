"""Trained recommenders that have no backbone."""

from .alpharec import AlphaRec

__all__ = ["AlphaRec"]
