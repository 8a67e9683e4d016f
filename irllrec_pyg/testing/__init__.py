"""Contracts that any layer, backbone or enhancer must pass. Run them on your own."""

from .layers import check_conv, check_edge_forms
from .models import check_backbone, check_enhancer

__all__ = ["check_backbone", "check_conv", "check_edge_forms", "check_enhancer"]
