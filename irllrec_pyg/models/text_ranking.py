"""Text intents that rank."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..graph import JointGraph
from ..losses import SoftmaxLoss
from ..nn import LightConv
from .encoding import Batch, Encoding


class TextRanking(nn.Module):
    r"""Lets text intents rank beside embeddings: propagated, they are trained by a softmax over the catalogue of their
    own, as in `AlphaRec <https://arxiv.org/abs/2407.05441>`_, and their cosines join the scores,

    .. math::
        \tilde{\mathbf{z}} = \sum_{l=0}^{L} \hat{\mathbf{A}}^l \mathbf{z}, \qquad
        s_{ui} = \mathbf{e}_u^{\top} \mathbf{e}_i
        + \gamma \, \overline{\lVert \mathbf{e}_i \rVert} \cos(\tilde{\mathbf{z}}_u, \tilde{\mathbf{z}}_i) .

    Embeddings and texts err differently, and their sum errs less than either; alignment alone cannot do that, for what
    it teaches must fit into the embeddings. The embeddings' own loss does not see the texts' part of the score.

    Args:
        weight: Of the loss.
        temperature: :math:`\tau` of its softmax.
        share: :math:`\gamma`, how much a cosine counts beside embeddings of items of mean length.
        num_layers: :math:`L`.

    Raises:
        ValueError: ``share`` or ``num_layers`` is negative, or ``temperature`` is not above zero.
    """

    def __init__(self, weight: float, temperature: float, share: float, num_layers: int = 2) -> None:
        super().__init__()
        for name, value in (("ranking_share", share), ("num_layers", num_layers)):
            if value < 0:
                raise ValueError(f"'{name}' must not be negative (got {value})")
        self.weight, self.share, self.num_layers = weight, share, num_layers
        self.conv, self.softmax = LightConv(normalize=False), SoftmaxLoss(temperature)

    def forward(self, text: Tensor, graph: JointGraph) -> Tensor:
        """Unit embeddings of all nodes, from their text intents ``[M + N, d]``; zeros stand for no text."""
        total = text
        for _ in range(self.num_layers):
            text = self.conv(text, graph.edge_index, graph.edge_weight)
            total = total + text
        return F.normalize(total, dim=-1)

    def loss(self, told: tuple[Tensor, Tensor], batch: Batch) -> Tensor:
        """The weighted term, from what :meth:`forward` made of users and of items."""
        ids, row = batch.user.unique(return_inverse=True)
        pairs = torch.stack([row, batch.positive])
        loss: Tensor = self.softmax(told[0].index_select(0, ids), told[1], pairs)
        return self.weight * loss

    def join(self, encoding: Encoding, told: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Embeddings of users and of items whose inner products are the scores of both."""
        weight = self.share * encoding.item.norm(dim=-1).mean()
        return torch.cat([encoding.user, weight * told[0]], dim=1), torch.cat([encoding.item, told[1]], dim=1)
