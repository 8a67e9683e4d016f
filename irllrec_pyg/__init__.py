"""Recommendation with intents, native to PyTorch Geometric.

Layers (:mod:`irllrec_pyg.nn`) and losses (:mod:`irllrec_pyg.losses`) work alone in any PyG model.
:mod:`irllrec_pyg.models` composes them, :mod:`irllrec_pyg.datasets` and :mod:`irllrec_pyg.text` feed them,
:mod:`irllrec_pyg.recipes` and :mod:`irllrec_pyg.training` train them, and :mod:`irllrec_pyg.ranking` ranks and
evaluates.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .data import JointGraph
    from .recipes import Recipe
    from .recommender import Engine
    from .search import fit

__version__ = "0.1.0"

# Subpackages are imported when they are first used, so that a layer alone needs neither pandas nor transformers.
_SUBPACKAGES = {"app", "cli", "corpus", "data", "datasets", "distillation", "losses", "models", "nn", "ops", "ranking"}
_SUBPACKAGES |= {"recipes", "recommender", "search", "seeding", "serve", "testing", "text", "training"}
_NAMES = {"Engine": "recommender", "JointGraph": "data", "Recipe": "recipes", "fit": "search"}

__all__ = ["Engine", "JointGraph", "Recipe", "__version__", "fit"]


def __getattr__(name: str) -> Any:
    if name in _SUBPACKAGES:
        return import_module(f".{name}", __name__)
    if name in _NAMES:
        return getattr(import_module(f".{_NAMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_SUBPACKAGES})
