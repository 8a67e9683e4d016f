"""Recommenders without training."""

from .base import ClosedForm
from .ease import EASE
from .item_knn import ItemKNN
from .popularity import Popularity
from .semantic_only import SemanticOnly

__all__ = ["EASE", "ClosedForm", "ItemKNN", "Popularity", "SemanticOnly"]
