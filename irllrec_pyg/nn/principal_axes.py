"""Projection of text features without parameters."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PrincipalAxes(nn.Module):
    r"""Projects features onto their first :math:`d` principal axes, the best linear map to that width that needs no
    training,

    .. math::
        \mathbf{z} = \frac{1}{s} \mathbf{V}_d^{\top} (\mathbf{x} - \bar{\mathbf{x}}) ,

    with :math:`s` such that rows have a mean squared norm of one. It replaces the text encoder
    (:class:`TextProjector`) in the ablation "w/o Text" of Section 4.3 of `IRLLRec <https://arxiv.org/abs/2502.03307>`_,
    which aligns texts directly.

    Args:
        features (torch.Tensor): Features to compute the axes from, ``[n, d_t]``.
        out_channels (int): Number :math:`d` of axes.

    Raises:
        ValueError: ``features`` is not a matrix, or has fewer rows or columns than ``out_channels``.

    Shapes:
        - **input:** :math:`(*, d_t)`
        - **output:** :math:`(*, d)`

    Examples:
        >>> features = torch.randn(10, 6)
        >>> axes = PrincipalAxes(features, 2)
        >>> axes(features).shape, axes(features).square().sum(dim=1).mean()
        (torch.Size([10, 2]), tensor(1.0000))
    """

    mean: Tensor
    axes: Tensor

    def __init__(self, features: Tensor, out_channels: int) -> None:
        super().__init__()
        if features.dim() != 2:
            raise ValueError(f"'features' must be a matrix, one row per text (got {list(features.shape)})")
        if not 1 <= out_channels <= min(features.shape):
            raise ValueError(
                f"'out_channels' must lie between 1 and {min(features.shape)} for features of shape "
                f"{list(features.shape)} (got {out_channels})"
            )
        features = features.detach().float()
        mean = features.mean(dim=0)
        centered = features - mean
        # The matrix is [d_t, d_t], however many rows there are. Eigenvalues come in ascending order.
        values, vectors = torch.linalg.eigh(centered.t() @ centered / features.size(0))
        scale = values[-out_channels:].clamp(min=0.0).sum().sqrt().clamp(min=torch.finfo(values.dtype).tiny)
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("axes", vectors[:, -out_channels:].flip(1) / scale, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Projects text features.

        Args:
            x: Text features.
        """
        return (x.to(self.mean.dtype) - self.mean) @ self.axes

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.axes.size(0)}, {self.axes.size(1)})"
