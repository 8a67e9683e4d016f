"""Contracts that any layer, backbone or enhancer must pass, and a tiny language model. Run them on your own."""

from .data import tiny_batch, tiny_data
from .layers import check_conv, check_edge_forms
from .models import check_backbone, check_enhancer, check_recommender
from .tiny_llm import save_tiny_llm

__all__ = ["check_backbone", "check_conv", "check_edge_forms", "check_enhancer", "check_recommender", "save_tiny_llm", "tiny_batch", "tiny_data"]
