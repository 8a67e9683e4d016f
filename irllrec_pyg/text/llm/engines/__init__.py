"""Engines that run a chat model, by name."""

from .registry import ENGINES

__all__ = ["ENGINES"]
