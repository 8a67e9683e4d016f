"""Embeddings of nodes without text."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MissingText(nn.Module):
    r"""Trained embeddings :math:`\mathbf{w}_i` in place of projected texts :math:`\mathbf{z}_i` where there is none,

    .. math::
        \mathbf{z}'_i = \begin{cases} \mathbf{z}_i & \text{if node } i \text{ has a text} \\
        \mathbf{w}_i & \text{otherwise.} \end{cases}

    Choose it where only a share of the items has a text. Zeros make such an item depend on the texts of its neighbors,
    which are few; with an embedding of its own, it is ranked as without texts.

    Args:
        known (Tensor): Whether a node has a text, ``[n]``.
        embedding_dim (int): Width :math:`d` of the embeddings.

    Shapes:
        - **input:** projected texts :math:`(n, d)`
        - **output:** projected texts or embeddings :math:`(n, d)`

    Examples:
        >>> missing = MissingText(torch.tensor([True, False]), embedding_dim=3)
        >>> missing(torch.ones(2, 3))[0]
        tensor([1., 1., 1.], grad_fn=<SelectBackward0>)
    """

    known: Tensor

    def __init__(self, known: Tensor, embedding_dim: int) -> None:
        super().__init__()
        self.register_buffer("known", known.unsqueeze(1), persistent=False)
        self.weight = nn.Parameter(torch.empty(known.numel(), embedding_dim))
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Draws the rows that are used from a normal distribution with standard deviation 0.1; the others are zero."""
        self.weight.zero_()
        unknown = ~self.known.squeeze(1)
        self.weight[unknown] = 0.1 * torch.randn_like(self.weight[unknown])

    def forward(self, x: Tensor) -> Tensor:
        """Replaces the rows of nodes without text.

        Args:
            x: Projected texts, ``[n, d]``.
        """
        return x.where(self.known, self.weight.to(x.dtype))
