"""Recipes: everything that makes a ranker, as plain data."""

from .presets import SOURCES, load_preset, preset_datasets, preset_names, preset_sources
from .recipe import Recipe
from .run import Run

__all__ = ["SOURCES", "Recipe", "Run", "load_preset", "preset_datasets", "preset_names", "preset_sources"]
