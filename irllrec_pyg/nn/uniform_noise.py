"""Noise that stays in a node's own orthant."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class UniformNoise(nn.Module):
    r"""Noise of a fixed length in training, the augmentation of `"Are Graph Augmentations Necessary? Simple Graph
    Contrastive Learning for Recommendation" <https://arxiv.org/abs/2112.08679>`_ (Eq. 7),

    .. math::
        \mathbf{x}' = \mathbf{x} + \epsilon \, \mathrm{sign}(\mathbf{x}) \odot
        \frac{\mathbf{u}}{\lVert \mathbf{u} \rVert_2}, \qquad \mathbf{u} \sim \mathcal{U}(0, 1)^d .

    Args:
        eps (float, optional): :math:`\epsilon`, the noise's length; 0 for none. (default: :obj:`0.1`)

    Raises:
        ValueError: ``eps`` is negative.

    Shapes:
        - **input:** :math:`(*, F)`
        - **output:** :math:`(*, F)`
    """

    def __init__(self, eps: float = 0.1) -> None:
        super().__init__()
        if eps < 0.0:
            raise ValueError(f"'eps' must not be negative (got {eps}); use 0 for none")
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """One draw; in evaluation, ``x`` as it is."""
        if not self.training or self.eps == 0.0:
            return x
        return x + self.eps * x.sign() * F.normalize(torch.rand_like(x), dim=-1)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(eps={self.eps})"
