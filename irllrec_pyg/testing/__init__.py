"""Contracts that any layer, backbone or enhancer must pass, and a tiny language model. Run them on your own."""

from .controls import check_control
from .corpus import tiny_corpus
from .data import skewed_data, tiny_batch, tiny_data
from .datasets import check_dataset
from .encoders import check_encoder
from .layers import check_conv, check_edge_forms
from .models import check_backbone, check_enhancer, check_recommender
from .rankers import check_ranker
from .reference import dense_contrast, dense_divergence, looped_metrics, looped_negatives
from .tiny_llm import save_tiny_llm

__all__ = [
    "check_dataset",
    "check_backbone",
    "check_control",
    "check_conv",
    "check_edge_forms",
    "check_encoder",
    "check_enhancer",
    "check_ranker",
    "check_recommender",
    "dense_contrast",
    "dense_divergence",
    "looped_metrics",
    "looped_negatives",
    "save_tiny_llm",
    "skewed_data",
    "tiny_batch",
    "tiny_corpus",
    "tiny_data",
]
