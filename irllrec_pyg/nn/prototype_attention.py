"""Latent intents: attention of nodes over learned prototypes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .._checks import check_at_least


class PrototypeAttention(nn.Module):
    r"""The expected intent of a node under its distribution over :math:`K` learned prototypes (Eq. 9 and 10 of
    `IRLLRec <https://arxiv.org/abs/2502.03307>`_, first used in `DCCF <https://arxiv.org/abs/2305.02759>`_),

    .. math::
        \mathbf{r} = \sum_{k=1}^{K} P(k \mid \mathbf{x}) \, \mathbf{c}_k, \qquad
        P(k \mid \mathbf{x}) = \frac{\exp(\mathbf{x}^{\top} \mathbf{c}_k)}
        {\sum_{k'} \exp(\mathbf{x}^{\top} \mathbf{c}_{k'})} .

    Users and items have prototypes of their own: use one module for each side.

    Args:
        channels (int): Width of nodes and prototypes.
        num_prototypes (int, optional): :math:`K`, the number of latent intents. (default: :obj:`128`)

    Raises:
        ValueError: ``channels`` or ``num_prototypes`` is below one.

    Shapes:
        - **input:** :math:`(*, F)`
        - **output:** :math:`(*, F)`

    Examples:
        >>> attention = PrototypeAttention(8, num_prototypes=4)
        >>> x = torch.randn(3, 8)
        >>> attention(x).shape, attention.assign(x).shape
        (torch.Size([3, 8]), torch.Size([3, 4]))
    """

    def __init__(self, channels: int, num_prototypes: int = 128) -> None:
        super().__init__()
        self.channels = check_at_least("channels", channels, 1, "it is the width of the embeddings")
        self.num_prototypes = check_at_least("num_prototypes", num_prototypes, 1, "the paper uses 128")
        self.prototype = nn.Parameter(torch.empty(num_prototypes, channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initializes the prototypes with Xavier's uniform distribution."""
        nn.init.xavier_uniform_(self.prototype)

    def forward(self, x: Tensor) -> Tensor:
        """Computes the expected intents of nodes.

        Args:
            x: Node embeddings.
        """
        return self.assign(x) @ self.prototype

    def assign(self, x: Tensor) -> Tensor:
        r"""Computes the distribution :math:`P(\cdot \mid \mathbf{x})` of nodes over prototypes.

        Args:
            x: Node embeddings.

        Returns:
            ``[*, K]``; rows sum to one.
        """
        return (x @ self.prototype.t()).softmax(dim=-1)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.channels}, num_prototypes={self.num_prototypes})"
