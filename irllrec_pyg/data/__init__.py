"""Interactions, graph, features and splits: what every other part of the package reads."""

from .controls import CONTROLS, apply_control
from .features import (
    ReducedFeatures,
    check_features,
    get_features,
    mean_of_items,
    reduce_features,
    set_features,
    text_mask,
    unit_features,
)
from .graph import JointGraph
from .identity import digest, fingerprint, tensor_digest, versions
from .ids import find_nodes, plain_ids
from .interactions import INTERACTS, SEEN, SPLIT_NAMES, make_data, statistics
from .pairs import check_ids, check_pairs, id_tensor, pair_keys, sample_users
from .split import SPLITS_BY, check_ratio, leave_last_out, split_by_time, split_pairs, split_per_user

__all__ = [
    "CONTROLS",
    "INTERACTS",
    "SEEN",
    "SPLITS_BY",
    "SPLIT_NAMES",
    "JointGraph",
    "ReducedFeatures",
    "apply_control",
    "check_features",
    "check_ids",
    "check_pairs",
    "check_ratio",
    "digest",
    "find_nodes",
    "fingerprint",
    "get_features",
    "id_tensor",
    "leave_last_out",
    "make_data",
    "mean_of_items",
    "pair_keys",
    "plain_ids",
    "reduce_features",
    "sample_users",
    "set_features",
    "split_by_time",
    "split_pairs",
    "split_per_user",
    "statistics",
    "tensor_digest",
    "text_mask",
    "unit_features",
    "versions",
]
