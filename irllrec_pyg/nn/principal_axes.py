"""Text features at another width, with nothing learned."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PrincipalAxes(nn.Module):
    r"""Projects features onto their first principal axes, the best linear map to width :math:`d` that no training is
    needed for,

    .. math::
        \mathbf{z} = \frac{1}{s} \mathbf{V}_d^{\top} (\mathbf{x} - \bar{\mathbf{x}}) ,

    with :math:`s` such that rows have a mean squared norm of one. It stands for the text encoder in the ablation
    "w/o Text" of Section 4.3 of `IRLLRec <https://arxiv.org/abs/2502.03307>`_, which aligns texts directly.

    Args:
        features (Tensor): What the axes are those of, ``[n, d_t]``.
        out_channels (int): Width :math:`d`.

    Raises:
        ValueError: There are fewer rows or columns than ``out_channels``.

    Shapes:
        - **input:** :math:`(*, d_t)`
        - **output:** :math:`(*, d)`
    """

    mean: Tensor
    axes: Tensor

    def __init__(self, features: Tensor, out_channels: int) -> None:
        super().__init__()
        if not 1 <= out_channels <= min(features.shape):
            raise ValueError(
                f"'out_channels' must lie between 1 and {min(features.shape)} for features of shape "
                f"{list(features.shape)} (got {out_channels})"
            )
        features = features.float()
        mean = features.mean(dim=0)
        centred = features - mean
        # d_t x d_t, however many nodes; eigenvalues come in ascending order
        values, vectors = torch.linalg.eigh(centred.t() @ centred / features.size(0))
        scale = values[-out_channels:].clamp(min=0.0).sum().sqrt().clamp(min=torch.finfo(values.dtype).tiny)
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("axes", vectors[:, -out_channels:].flip(1) / scale, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Projects text features ``x``."""
        return (x.to(self.mean.dtype) - self.mean) @ self.axes

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.axes.size(0)}, {self.axes.size(1)})"
