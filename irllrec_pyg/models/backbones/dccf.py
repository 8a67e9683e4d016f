"""DCCF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ...data import JointGraph
from ...losses import info_nce
from ...nn import IntentConv, LightConv, PrototypeAttention
from ..base import Backbone
from .contrast import check_contrast
from ..encoding import Batch, Encoding
from ..registry import BACKBONES


@dataclass
class DCCFEncoding(Encoding):
    """An encoding with the messages of every layer beside it.

    Args:
        messages: For every layer its graph, intent, graph-adaptive and intent-adaptive messages, ``[M + N, d]`` each.
    """

    messages: list[tuple[Tensor, Tensor, Tensor, Tensor]]


@BACKBONES.register("dccf")
class DCCF(Backbone):
    r"""The backbone of `"Disentangled Contrastive Collaborative Filtering" <https://arxiv.org/abs/2305.02759>`_. Each
    layer adds four messages to what came before,

    .. math::
        \mathbf{E}^{(l+1)} = \mathbf{E}^{(l)} + \mathbf{Z} + \mathbf{R} + \mathbf{M}(\mathbf{Z}) \, \mathbf{E}^{(l)}
        + \mathbf{M}(\mathbf{R}) \, \mathbf{E}^{(l)}, \qquad
        \mathbf{E} = \sum_{l=0}^{L} \mathbf{E}^{(l)},

    where :math:`\mathbf{Z}` is LightGCN's propagation of :math:`\mathbf{E}^{(l)}`
    (:class:`~irllrec_pyg.nn.LightConv`), :math:`\mathbf{R}` are its expected intents
    (:class:`~irllrec_pyg.nn.PrototypeAttention`), and :math:`\mathbf{M}(\cdot)` are masks of edges by the agreement of
    their two ends in either (:class:`~irllrec_pyg.nn.IntentConv`). In every layer the graph's message of a node is
    contrasted with each of its three others among the nodes of the batch.

    Args:
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        embedding_dim (int, optional): Width :math:`d`. (default: :obj:`32`)
        num_layers (int, optional): :math:`L`. (default: :obj:`2`)
        num_intents (int, optional): Prototypes a side. (default: :obj:`128`)
        contrast_weight (float, optional): Of the contrast. (default: :obj:`0.001`)
        contrast_temperature (float, optional): Of the contrast. (default: :obj:`0.1`)
        unique_ids (bool, optional): Whether a node counts once in a batch, as published; the published code then
            divides the sums over items, too, by the number of *users*. (default: :obj:`True`)
        l2_weight (float, optional): Weight of the squared norm of parameters. (default: :obj:`1e-4`)
        **kwargs (optional): :obj:`l2_scope` and :obj:`objective`, see :class:`~irllrec_pyg.models.Backbone`.

    Raises:
        ValueError: An argument is out of its range; the message names it.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        embedding_dim: int = 32,
        num_layers: int = 2,
        num_intents: int = 128,
        contrast_weight: float = 0.001,
        contrast_temperature: float = 0.1,
        unique_ids: bool = True,
        l2_weight: float = 1e-4,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_users, num_items, embedding_dim, l2_weight, **kwargs)
        if num_layers < 1:
            raise ValueError(f"'num_layers' must be at least 1 (got {num_layers}); published are 2 and 3")
        if num_intents < 1:
            raise ValueError(f"'num_intents' must be at least 1 (got {num_intents}); 128 are published")
        check_contrast(contrast_weight, contrast_temperature)
        self.num_layers, self.unique_ids = num_layers, unique_ids
        self.contrast_weight, self.contrast_temperature = contrast_weight, contrast_temperature
        self.user_intent = PrototypeAttention(embedding_dim, num_intents)
        self.item_intent = PrototypeAttention(embedding_dim, num_intents)
        self.conv, self.adaptive_conv = LightConv(normalize=False), IntentConv()
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws embeddings and prototypes anew."""
        super().reset_parameters()
        self.user_intent.reset_parameters()
        self.item_intent.reset_parameters()

    def encode(self, graph: JointGraph, embedding: Tensor | None = None) -> DCCFEncoding:
        """Adds messages layer by layer; see :meth:`Backbone.encode <irllrec_pyg.models.Backbone.encode>`."""
        layers, messages = [self.embedding if embedding is None else embedding], []
        for _ in range(self.num_layers):
            x = layers[-1]
            passed = self.conv(x, graph.edge_index, graph.edge_weight)
            user, item = x.split([self.num_users, self.num_items])
            intent = torch.cat([self.user_intent(user), self.item_intent(item)])
            by_graph = self.adaptive_conv(x, passed, graph.edge_index)
            by_intent = self.adaptive_conv(x, intent, graph.edge_index)
            messages.append((passed, intent, by_graph, by_intent))
            layers.append(x + passed + intent + by_graph + by_intent)
        return DCCFEncoding(*self.split(torch.stack(layers).sum(dim=0)), layers, messages)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """The objective's term, ``l2`` and ``contrast``."""
        assert isinstance(encoding, DCCFEncoding), "'encoding' must come from DCCF.encode"
        terms = super().loss(encoding, batch)
        user, item = batch.user, batch.positive + self.num_users
        if self.unique_ids:
            user, item = user.unique(), item.unique()
        contrasts = []
        for graph, *others in encoding.messages:
            for ids in (user, item):
                anchor = graph.index_select(0, ids)
                for other in others:
                    mean = info_nce(anchor, other.index_select(0, ids), temperature=self.contrast_temperature)
                    contrasts.append(mean * (ids.numel() / user.numel()))
        terms["contrast"] = self.contrast_weight * torch.stack(contrasts).sum()
        return terms

    def __repr__(self) -> str:
        sizes = f"{self.num_users}, {self.num_items}, embedding_dim={self.embedding_dim}"
        return f"{type(self).__name__}({sizes}, num_layers={self.num_layers})"
