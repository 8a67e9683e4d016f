"""LightGCN."""

from __future__ import annotations

import torch
from torch import Tensor

from ..graph import JointGraph
from ..losses import bpr_loss, l2_loss
from ..nn import LightConv
from .base import Backbone, Batch, Encoding


class LightGCN(Backbone):
    r"""The backbone of `"LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation"
    <https://arxiv.org/abs/2002.02126>`_ (Eq. 8 of the IRLLRec paper),

    .. math::
        \mathbf{E}^{(l)} = \mathbf{D}^{-1/2} \mathbf{A} \mathbf{D}^{-1/2} \mathbf{E}^{(l-1)}, \qquad
        \mathbf{E} = \sum_{l=0}^{L} \mathbf{E}^{(l)},

    trained with BPR and an L2 term over all parameters.

    Args:
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        embedding_dim (int, optional): Width :math:`d`. (default: :obj:`32`)
        num_layers (int, optional): :math:`L`. (default: :obj:`3`)
        edge_keep_rate (float, optional): Share of messages kept in a training step; the kept ones are not rescaled, as
            published. (default: :obj:`1.0`)
        l2_weight (float, optional): Weight of the squared norm of all parameters. (default: :obj:`1e-6`)
        readout (str, optional): :obj:`"sum"` of the layers, as published, or their :obj:`"mean"`.
            (default: :obj:`"sum"`)

    Raises:
        ValueError: An argument is out of its range; the message names it.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        embedding_dim: int = 32,
        num_layers: int = 3,
        edge_keep_rate: float = 1.0,
        l2_weight: float = 1e-6,
        readout: str = "sum",
    ) -> None:
        super().__init__(num_users, num_items, embedding_dim, l2_weight)
        if num_layers < 0:
            raise ValueError(f"'num_layers' must not be negative (got {num_layers}); the paper uses 2 or 3")
        if not 0.0 < edge_keep_rate <= 1.0:
            raise ValueError(f"'edge_keep_rate' must lie in (0, 1] (got {edge_keep_rate}); use 1 to keep all edges")
        if readout not in ("sum", "mean"):
            raise ValueError(f"'readout' must be 'sum' or 'mean' (got {readout!r})")
        self.num_layers, self.edge_keep_rate, self.readout = num_layers, edge_keep_rate, readout
        self.conv = LightConv(normalize=False)
        self.reset_parameters()

    def encode(self, graph: JointGraph, embedding: Tensor | None = None) -> Encoding:
        """Propagates the embeddings; see :meth:`Backbone.encode <irllrec_pyg.models.base.Backbone.encode>`."""
        weight = graph.edge_weight
        if self.training and self.edge_keep_rate < 1.0:
            # Zeroed, not removed: the graph keeps its structure, its caches and its normalisation.
            weight = weight * (torch.rand_like(weight) < self.edge_keep_rate)
        layers = [self.embedding if embedding is None else embedding]
        for _ in range(self.num_layers):
            layers.append(self.conv(layers[-1], graph.edge_index, weight))
        final = torch.stack(layers).sum(dim=0) if self.readout == "sum" else torch.stack(layers).mean(dim=0)
        user, item = final.split([self.num_users, self.num_items])
        return Encoding(user, item, layers)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """``bpr`` and ``l2``."""
        return {
            "bpr": bpr_loss(
                encoding.user.index_select(0, batch.user),
                encoding.item.index_select(0, batch.positive),
                encoding.item.index_select(0, batch.negative),
            ),
            "l2": self.l2_weight * l2_loss(self.parameters()),
        }

    def __repr__(self) -> str:
        sizes = f"{self.num_users}, {self.num_items}, embedding_dim={self.embedding_dim}"
        return f"{type(self).__name__}({sizes}, num_layers={self.num_layers})"
