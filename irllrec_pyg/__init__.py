"""Recommendation with intents, native to PyTorch Geometric.

Layers (:mod:`irllrec_pyg.nn`) and losses (:mod:`irllrec_pyg.losses`) work alone in any PyG model;
:mod:`irllrec_pyg.models` composes them, :mod:`irllrec_pyg.datasets` and :mod:`irllrec_pyg.text` feed them,
:mod:`irllrec_pyg.training` trains and evaluates them.
"""

from . import datasets, losses, models, nn, retrieval, training
from .graph import JointGraph

__version__ = "0.1.0"

__all__ = ["JointGraph", "__version__", "datasets", "losses", "models", "nn", "retrieval", "training"]
