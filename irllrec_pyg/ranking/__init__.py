"""Rankers, and what is done with their scores: top-k lists, metrics, their intervals, and blends."""

from .beyond_accuracy import evaluate_lists, gini, tail
from .blend import Blend
from .groups import evaluate_item_groups, mean_by_group, quantile_groups
from .history import HistoryRanker, check_reads_history, history_matrix
from .intervals import Comparison, bootstrap_interval, paired_bootstrap
from .metrics import evaluate
from .parts import map_parts
from .per_user import METRICS, Metric, UserMetrics, check_cutoffs, evaluate_users, metric_names
from .propagated import PropagatedRanker
from .ranker import EmbeddingRanker, Ranker, device_of
from .standardized import Standardized
from .top_k import check_k, check_users, score_tiles, top_k
from .user_item_index import UserItemIndex

__all__ = [
    "METRICS",
    "Blend",
    "Comparison",
    "EmbeddingRanker",
    "HistoryRanker",
    "Metric",
    "PropagatedRanker",
    "Ranker",
    "Standardized",
    "UserItemIndex",
    "UserMetrics",
    "bootstrap_interval",
    "check_cutoffs",
    "check_k",
    "check_reads_history",
    "check_users",
    "device_of",
    "evaluate",
    "evaluate_item_groups",
    "evaluate_lists",
    "evaluate_users",
    "gini",
    "history_matrix",
    "map_parts",
    "mean_by_group",
    "metric_names",
    "paired_bootstrap",
    "quantile_groups",
    "score_tiles",
    "tail",
    "top_k",
]
