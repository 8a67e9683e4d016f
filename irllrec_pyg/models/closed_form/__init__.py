"""Recommenders without training."""

from .base import ClosedForm
from .ease import EASE
from .item_knn import ItemKNN
from .l3ae import L3AE
from .popularity import Popularity
from .semantic_only import SemanticOnly

__all__ = ["EASE", "L3AE", "ClosedForm", "ItemKNN", "Popularity", "SemanticOnly"]
