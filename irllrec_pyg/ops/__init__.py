"""Sparse and tiled kernels in plain torch and PyG calls. Gradients are exact, and no ``[E, d]`` or ``[N, N]`` tensor is
held."""

from .sparse import sddmm, spmm
from .tiled import tiled_cross_entropy, tiled_kl_divergence, tiled_logsumexp
from .two_sided import two_sided_cross_entropy, two_sided_kl_divergence

__all__ = [
    "sddmm",
    "spmm",
    "tiled_cross_entropy",
    "tiled_kl_divergence",
    "tiled_logsumexp",
    "two_sided_cross_entropy",
    "two_sided_kl_divergence",
]
