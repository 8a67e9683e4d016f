"""LightGCN."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..._checks import check_at_least, check_choice, check_keep_rate
from ...data import JointGraph
from ...nn import EdgeDrop, LightConv
from ...ranking import PropagatedRanker, Ranker
from ..backbone import Backbone
from ..base import evaluation_mode
from ..encoding import Encoding
from ..registry import BACKBONES


@BACKBONES.register("lightgcn")
class LightGCN(Backbone):
    r"""The backbone of `"LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation"
    <https://arxiv.org/abs/2002.02126>`_ (Eq. 8 of the IRLLRec paper),

    .. math::
        \mathbf{E}^{(l)} = \mathbf{D}^{-1/2} \mathbf{A} \mathbf{D}^{-1/2} \mathbf{E}^{(l-1)}, \qquad
        \mathbf{E} = \sum_{l=0}^{L} \mathbf{E}^{(l)},

    trained with BPR, or another objective, and an L2 term. Choose it first: it is the fastest backbone.

    Args:
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        embedding_dim (int, optional): Width :math:`d`. (default: :obj:`32`)
        num_layers (int, optional): :math:`L`. (default: :obj:`3`)
        edge_keep_rate (float, optional): Share of edges that a training step keeps. (default: :obj:`1.0`)
        rescale (bool, optional): Whether kept edges are scaled up to make up for dropped ones. The published code does
            not. (default: :obj:`False`)
        l2_weight (float, optional): Weight of the squared norm of parameters. (default: :obj:`1e-6`)
        readout (str, optional): :obj:`"sum"` of the layers, as published, or their :obj:`"mean"`.
            (default: :obj:`"sum"`)
        **kwargs (optional): Additional arguments of :class:`~irllrec_pyg.models.Backbone`: :obj:`l2_scope` and
            :obj:`objective`.

    Raises:
        ValueError: An argument is out of its range; the message names it.

    Examples:
        >>> from irllrec_pyg.data import JointGraph
        >>> from irllrec_pyg.testing import tiny_batch, tiny_data
        >>> data = tiny_data()
        >>> model = LightGCN(24, 20)
        >>> sorted(model(JointGraph.from_data(data), tiny_batch(data)))
        ['bpr', 'l2']
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
        check_at_least("num_layers", num_layers, 0, "the paper uses 2 or 3")
        check_keep_rate("edge_keep_rate", edge_keep_rate, "use 1 to keep all edges")
        check_choice("readout", readout, ("sum", "mean"))
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
        """Sum or mean of the layers, ``[M + N, d]``.

        Args:
            layers: Joint embeddings after 0, 1, ... L layers.
        """
        total = sum(layers[1:], layers[0])  # a stack of them would be copied
        return total if self.readout == "sum" else total / len(layers)

    @torch.no_grad()
    def ranker(self, graph: JointGraph) -> Ranker:
        """See :meth:`Recommender.ranker <irllrec_pyg.models.Recommender.ranker>`; it reads histories exactly."""
        with evaluation_mode(self):
            layers = self.encode(graph).layers
        degree = graph.item_degree
        return PropagatedRanker.from_layers(
            layers, self.num_users, degree, self.objective.cosine, self.readout == "mean"
        )

    def __repr__(self) -> str:
        sizes = f"{self.num_users}, {self.num_items}, embedding_dim={self.embedding_dim}"
        return f"{type(self).__name__}({sizes}, num_layers={self.num_layers})"
