"""Recommenders without training."""

from .base import ClosedForm
from .ease import EASE
from .gf_cf import GFCF
from .graph_filter import GraphFilter, GraphFilterModel
from .item_knn import ItemKNN
from .l3ae import L3AE
from .linear import ItemItemModel, ItemWeights, LinearClosedForm
from .popularity import Popularity
from .rp3_beta import RP3Beta
from .semantic_only import SemanticOnly

__all__ = [
    "EASE",
    "GFCF",
    "L3AE",
    "ClosedForm",
    "GraphFilter",
    "GraphFilterModel",
    "ItemItemModel",
    "ItemKNN",
    "ItemWeights",
    "LinearClosedForm",
    "Popularity",
    "RP3Beta",
    "SemanticOnly",
]
