"""DCCF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..._checks import check_at_least
from ...data import JointGraph
from ...losses import info_nce
from ...nn import IntentConv, LightConv, PrototypeAttention
from ..backbone import Backbone
from ..encoding import Batch, Encoding
from ..registry import BACKBONES
from .contrast import check_contrast


@dataclass
class DCCFEncoding(Encoding):
    """An encoding with the messages of every layer.

    Args:
        messages: For every layer its graph, intent, graph-adaptive and intent-adaptive messages, ``[M + N, d]`` each.

    Examples:
        >>> joint = torch.ones(5, 4)
        >>> len(DCCFEncoding(joint[:3], joint[3:], [joint, joint], [(joint,) * 4]).messages)
        1
    """

    messages: list[tuple[Tensor, Tensor, Tensor, Tensor]]


@BACKBONES.register("dccf")
class DCCF(Backbone):
    r"""The backbone of `"Disentangled Contrastive Collaborative Filtering" <https://arxiv.org/abs/2305.02759>`_. Each
    layer adds four messages to the embeddings of the layer before,

    .. math::
        \mathbf{E}^{(l+1)} = \mathbf{E}^{(l)} + \mathbf{Z} + \mathbf{R} + \mathbf{M}(\mathbf{Z}) \, \mathbf{E}^{(l)}
        + \mathbf{M}(\mathbf{R}) \, \mathbf{E}^{(l)}, \qquad
        \mathbf{E} = \sum_{l=0}^{L} \mathbf{E}^{(l)},

    where :math:`\mathbf{Z}` is LightGCN's propagation of :math:`\mathbf{E}^{(l)}`
    (:class:`~irllrec_pyg.nn.LightConv`), :math:`\mathbf{R}` its expected intents
    (:class:`~irllrec_pyg.nn.PrototypeAttention`), and :math:`\mathbf{M}(\cdot)` masks that weight each edge by how well
    its two ends agree (:class:`~irllrec_pyg.nn.IntentConv`). In every layer the graph message of a node is contrasted
    with each of its three other messages, among the nodes of the batch.

    Args:
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        embedding_dim (int, optional): Width :math:`d`. (default: :obj:`32`)
        num_layers (int, optional): :math:`L`. (default: :obj:`2`)
        num_intents (int, optional): Prototypes per side. (default: :obj:`128`)
        contrast_weight (float, optional): Weight of the contrast. (default: :obj:`0.001`)
        contrast_temperature (float, optional): Temperature of the contrast. (default: :obj:`0.1`)
        unique_ids (bool, optional): Whether a node counts once in a batch, as published. The sums over items are then
            divided by the number of *users*, as in the published code. (default: :obj:`True`)
        l2_weight (float, optional): Weight of the squared norm of parameters. (default: :obj:`1e-4`)
        **kwargs (optional): Additional arguments of :class:`~irllrec_pyg.models.Backbone`: :obj:`l2_scope` and
            :obj:`objective`.

    Raises:
        ValueError: An argument is out of its range; the message names it.

    Examples:
        >>> from irllrec_pyg.data import JointGraph
        >>> from irllrec_pyg.testing import tiny_batch, tiny_data
        >>> data = tiny_data()
        >>> model = DCCF(24, 20, num_intents=4)
        >>> sorted(model(JointGraph.from_data(data), tiny_batch(data)))
        ['bpr', 'contrast', 'l2']
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
        check_at_least("num_layers", num_layers, 1, "2 and 3 are published")
        check_at_least("num_intents", num_intents, 1, "128 is published")
        check_contrast(contrast_weight, contrast_temperature)
        self.num_layers, self.unique_ids = num_layers, unique_ids
        self.contrast_weight, self.contrast_temperature = contrast_weight, contrast_temperature
        self.user_intent = PrototypeAttention(embedding_dim, num_intents)
        self.item_intent = PrototypeAttention(embedding_dim, num_intents)
        self.conv, self.adaptive_conv = LightConv(normalize=False), IntentConv()
        self.reset_parameters()

    def encode(self, graph: JointGraph, embedding: Tensor | None = None) -> DCCFEncoding:
        """Adds messages layer by layer; see :meth:`Backbone.encode <irllrec_pyg.models.Backbone.encode>`."""
        layers, messages = [self.embedding if embedding is None else embedding], []
        for _ in range(self.num_layers):
            x = layers[-1]
            propagated = self.conv(x, graph.edge_index, graph.edge_weight)
            user, item = x.split([self.num_users, self.num_items])
            intent = torch.cat([self.user_intent(user), self.item_intent(item)])
            by_graph = self.adaptive_conv(x, propagated, graph.edge_index)
            by_intent = self.adaptive_conv(x, intent, graph.edge_index)
            messages.append((propagated, intent, by_graph, by_intent))
            layers.append(x + propagated + intent + by_graph + by_intent)
        return DCCFEncoding(*self.split(sum(layers[1:], layers[0])), layers, messages)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """Terms ``bpr`` (or that of another objective), ``l2`` and ``contrast``."""
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
