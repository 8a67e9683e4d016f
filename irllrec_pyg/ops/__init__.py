"""Sparse and tiled kernels: torch and PyG calls only, exact gradients, no ``[E, d]`` or ``[N, N]`` tensor."""

from .sparse import sddmm, spmm
from .tiled import tiled_cross_entropy, tiled_kl_divergence, tiled_logsumexp

__all__ = ["sddmm", "spmm", "tiled_cross_entropy", "tiled_kl_divergence", "tiled_logsumexp"]
