"""LightGCN."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...data import JointGraph
from ...nn import EdgeDrop, LightConv
from ..base import Backbone
from ..encoding import Encoding
from ..registry import BACKBONES


@BACKBONES.register("lightgcn")
class LightGCN(Backbone):
    r"""The backbone of `"LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation"
    <https://arxiv.org/abs/2002.02126>`_ (Eq. 8 of the IRLLRec paper),

    .. math::
        \mathbf{E}^{(l)} = \mathbf{D}^{-1/2} \mathbf{A} \mathbf{D}^{-1/2} \mathbf{E}^{(l-1)}, \qquad
        \mathbf{E} = \sum_{l=0}^{L} \mathbf{E}^{(l)},

    trained with BPR, or another objective, and an L2 term.

    Args:
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        embedding_dim (int, optional): Width :math:`d`. (default: :obj:`32`)
        num_layers (int, optional): :math:`L`. (default: :obj:`3`)
        edge_keep_rate (float, optional): Share of messages kept in a training step. (default: :obj:`1.0`)
        rescale (bool, optional): Whether the kept ones are scaled up for those dropped; as published, they are not.
            (default: :obj:`False`)
        l2_weight (float, optional): Weight of the squared norm of parameters. (default: :obj:`1e-6`)
        readout (str, optional): :obj:`"sum"` of the layers, as published, or their :obj:`"mean"`.
            (default: :obj:`"sum"`)
        **kwargs (optional): :obj:`l2_scope` and :obj:`objective`, see :class:`~irllrec_pyg.models.Backbone`.

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
        rescale: bool = False,
        l2_weight: float = 1e-6,
        readout: str = "sum",
        **kwargs: Any,
    ) -> None:
        super().__init__(num_users, num_items, embedding_dim, l2_weight, **kwargs)
        if num_layers < 0:
            raise ValueError(f"'num_layers' must not be negative (got {num_layers}); the paper uses 2 or 3")
        if not 0.0 < edge_keep_rate <= 1.0:
            raise ValueError(f"'edge_keep_rate' must lie in (0, 1] (got {edge_keep_rate}); use 1 to keep all edges")
        if readout not in ("sum", "mean"):
            raise ValueError(f"'readout' must be 'sum' or 'mean' (got {readout!r})")
        self.num_layers, self.readout = num_layers, readout
        self.edge_drop, self.conv = EdgeDrop(edge_keep_rate, rescale), LightConv(normalize=False)
        self.reset_parameters()

    def encode(self, graph: JointGraph, embedding: Tensor | None = None) -> Encoding:
        """Propagates the embeddings; see :meth:`Backbone.encode <irllrec_pyg.models.Backbone.encode>`."""
        weight = self.edge_drop(graph.edge_index, graph.edge_weight)
        layers = [self.embedding if embedding is None else embedding]
        for _ in range(self.num_layers):
            layers.append(self.conv(layers[-1], graph.edge_index, weight))
        return Encoding(*self.split(self.read_out(layers)), layers)

    def read_out(self, layers: list[Tensor]) -> Tensor:
        """Joint final embeddings, ``[M + N, d]``."""
        stacked = torch.stack(layers)
        return stacked.sum(dim=0) if self.readout == "sum" else stacked.mean(dim=0)

    def __repr__(self) -> str:
        sizes = f"{self.num_users}, {self.num_items}, embedding_dim={self.embedding_dim}"
        return f"{type(self).__name__}({sizes}, num_layers={self.num_layers})"
