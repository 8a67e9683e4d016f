"""Rankers, and what is done with their scores: top-k lists, metrics and blends."""

from .blend import Blend
from .metrics import METRICS, check_cutoffs, evaluate
from .ranker import EmbeddingRanker, Ranker, device_of
from .top_k import check_k, check_users, score_tiles, top_k
from .user_item_index import UserItemIndex

__all__ = [
    "METRICS",
    "Blend",
    "EmbeddingRanker",
    "Ranker",
    "UserItemIndex",
    "check_cutoffs",
    "check_k",
    "check_users",
    "device_of",
    "evaluate",
    "score_tiles",
    "top_k",
]
