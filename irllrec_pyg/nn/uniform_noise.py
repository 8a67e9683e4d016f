"""Noise of a fixed length that changes no sign."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .._checks import check_non_negative


class UniformNoise(nn.Module):
    r"""Adds noise of a fixed length during training, the augmentation of `"Are Graph Augmentations Necessary? Simple
    Graph Contrastive Learning for Recommendation" <https://arxiv.org/abs/2112.08679>`_ (Eq. 7),

    .. math::
        \mathbf{x}' = \mathbf{x} + \epsilon \, \mathrm{sign}(\mathbf{x}) \odot
        \frac{\mathbf{u}}{\lVert \mathbf{u} \rVert_2}, \qquad \mathbf{u} \sim \mathcal{U}(0, 1)^d .

    Choose it over :class:`EdgeDrop` for contrastive views of the same graph: it costs one addition per layer.

    Args:
        eps (float, optional): :math:`\epsilon`, the length of the noise; 0 for none. (default: :obj:`0.1`)

    Raises:
        ValueError: ``eps`` is negative.

    Shapes:
        - **input:** :math:`(*, F)`
        - **output:** :math:`(*, F)`

    Examples:
        >>> x = torch.tensor([[3.0, -4.0]])
        >>> (UniformNoise(eps=0.1)(x) - x).norm()
        tensor(0.1000)
    """

    def __init__(self, eps: float = 0.1) -> None:
        super().__init__()
        self.eps = check_non_negative("eps", eps)

    def forward(self, x: Tensor) -> Tensor:
        """Adds noise to ``x``; in evaluation mode, returns ``x`` as it is.

        Args:
            x: Embeddings.
        """
        if not self.training or self.eps == 0.0:
            return x
        return x + self.eps * x.sign() * F.normalize(torch.rand_like(x), dim=-1)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(eps={self.eps})"
