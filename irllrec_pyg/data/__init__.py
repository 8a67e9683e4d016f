"""Interactions, graph, features and splits: what every other part of the package reads."""

from .controls import CONTROLS, apply_control
from .features import (
    check_features,
    get_features,
    mean_of_items,
    set_features,
    text_mask,
    unit_features,
)
from .graph import JointGraph
from .identity import digest, fingerprint
from .interactions import INTERACTS, make_data, statistics
from .split import split_per_user

__all__ = [
    "CONTROLS",
    "INTERACTS",
    "JointGraph",
    "apply_control",
    "check_features",
    "digest",
    "fingerprint",
    "get_features",
    "make_data",
    "mean_of_items",
    "set_features",
    "split_per_user",
    "statistics",
    "text_mask",
    "unit_features",
]
