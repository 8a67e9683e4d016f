"""Latent intents: attention of nodes over learned prototypes."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PrototypeAttention(nn.Module):
    r"""The expected intent of a node under its distribution over :math:`K` learned prototypes (Eq. 9 and 10 of
    `IRLLRec <https://arxiv.org/abs/2502.03307>`_, first used in `DCCF <https://arxiv.org/abs/2305.02759>`_),

    .. math::
        \mathbf{r} = \sum_{k=1}^{K} P(k \mid \mathbf{x}) \, \mathbf{c}_k, \qquad
        P(k \mid \mathbf{x}) = \frac{\exp(\mathbf{x}^{\top} \mathbf{c}_k)}
        {\sum_{k'} \exp(\mathbf{x}^{\top} \mathbf{c}_{k'})} .

    Users and items have prototypes of their own: use one module a side.

    Args:
        channels (int): Width of nodes and prototypes.
        num_prototypes (int, optional): :math:`K`, the number of latent intents. (default: :obj:`128`)

    Raises:
        ValueError: ``channels`` or ``num_prototypes`` is below one.

    Shapes:
        - **input:** :math:`(*, F)`
        - **output:** :math:`(*, F)`
    """

    def __init__(self, channels: int, num_prototypes: int = 128) -> None:
        super().__init__()
        for name, value in (("channels", channels), ("num_prototypes", num_prototypes)):
            if value < 1:
                raise ValueError(f"'{name}' must be at least 1 (got {value}); 128 prototypes are the paper's choice")
        self.channels = channels
        self.num_prototypes = num_prototypes
        self.prototype = nn.Parameter(torch.empty(num_prototypes, channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the prototypes from Xavier's uniform distribution."""
        nn.init.xavier_uniform_(self.prototype)

    def forward(self, x: Tensor) -> Tensor:
        """Expected intents of nodes ``x``."""
        return self.assign(x) @ self.prototype

    def assign(self, x: Tensor) -> Tensor:
        r"""The distribution :math:`P(\cdot \mid \mathbf{x})` over prototypes, ``[*, K]``."""
        return (x @ self.prototype.t()).softmax(dim=-1)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.channels}, num_prototypes={self.num_prototypes})"
