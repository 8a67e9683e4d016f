"""Backbones: recommenders that read interactions alone."""

from .bigcf import BIGCF
from .dccf import DCCF
from .lightgcn import LightGCN
from .sgl import SGL
from .simgcl import SimGCL

__all__ = ["BIGCF", "DCCF", "SGL", "LightGCN", "SimGCL"]
