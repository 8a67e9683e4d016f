"""Recipes: all that makes a ranker, as plain data."""

from .presets import load_preset, preset_names
from .recipe import Recipe
from .run import Run

__all__ = ["Recipe", "Run", "load_preset", "preset_names"]
