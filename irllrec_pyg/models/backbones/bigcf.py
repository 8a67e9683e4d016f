"""BIGCF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..._checks import check_at_least, check_non_negative
from ...data import JointGraph
from ...losses import info_nce_of_nodes, l2_loss
from ...nn import PrototypeAttention
from ..encoding import Batch, Encoding
from ..registry import BACKBONES
from .contrast import check_contrast
from .lightgcn import LightGCN


@dataclass
class BIGCFEncoding(Encoding):
    """An encoding with intents.

    Args:
        joint: Final embeddings of all nodes before they are scaled for ranking, ``[M + N, d]``; noisy in training.
        intent: Expected intents of all nodes, ``[M + N, d]``.

    Examples:
        >>> joint = torch.ones(5, 4)
        >>> BIGCFEncoding(joint[:3], joint[3:], [joint], joint, intent=torch.zeros(5, 4)).intent.shape
        torch.Size([5, 4])
    """

    joint: Tensor
    intent: Tensor


@BACKBONES.register("bigcf")
class BIGCF(LightGCN):
    r"""The backbone of `"Exploring the Individuality and Collectivity of Intents behind Interactions for Graph
    Collaborative Filtering" <https://arxiv.org/abs/2405.09042>`_: final embeddings are drawn from a normal
    distribution. LightGCN's embedding is its mean, and the expected intent of the node
    (:class:`~irllrec_pyg.nn.PrototypeAttention`) its standard deviation,

    .. math::
        \mathbf{e} = \boldsymbol{\mu} + \mathbf{r} \odot \boldsymbol{\epsilon}, \qquad
        \boldsymbol{\epsilon} \sim \mathcal{N}(0, \mathbf{I}) .

    Five contrasts within the batch keep embeddings and intents apart: users with themselves, items with themselves,
    users with their items, intents of users with themselves, and intents of items. Evaluation ranks by the mean, where
    the published code draws too.

    Args:
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        num_intents (int, optional): Prototypes per side. (default: :obj:`128`)
        contrast_weight (float, optional): Weight of the five contrasts. (default: :obj:`0.05`)
        contrast_temperature (float, optional): Temperature of the five contrasts. (default: :obj:`0.2`)
        intent_l2_weight (float, optional): Weight of the squared norm of the prototypes, in addition to that of all
            parameters. (default: :obj:`1e-5`)
        noise (float, optional): Scale of :math:`\boldsymbol{\epsilon}`; 0 for none. (default: :obj:`1.0`)
        l2_weight (float, optional): Weight of the squared norm of parameters. (default: :obj:`1e-5`)
        **kwargs (optional): Additional arguments of :class:`~irllrec_pyg.models.LightGCN`.

    Raises:
        ValueError: An argument is out of its range; the message names it.

    Examples:
        >>> from irllrec_pyg.data import JointGraph
        >>> from irllrec_pyg.testing import tiny_batch, tiny_data
        >>> data = tiny_data()
        >>> model = BIGCF(24, 20, num_intents=4)
        >>> sorted(model(JointGraph.from_data(data), tiny_batch(data)))
        ['bpr', 'contrast', 'intent_l2', 'l2']
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        *,
        num_intents: int = 128,
        contrast_weight: float = 0.05,
        contrast_temperature: float = 0.2,
        intent_l2_weight: float = 1e-5,
        noise: float = 1.0,
        l2_weight: float = 1e-5,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_users, num_items, l2_weight=l2_weight, **kwargs)
        check_contrast(contrast_weight, contrast_temperature)
        check_at_least("num_intents", num_intents, 1, "128 is published")
        check_non_negative("intent_l2_weight", intent_l2_weight)
        check_non_negative("noise", noise)
        self.contrast_weight, self.contrast_temperature = contrast_weight, contrast_temperature
        self.intent_l2_weight, self.noise = intent_l2_weight, noise
        self.user_intent = PrototypeAttention(self.embedding_dim, num_intents)
        self.item_intent = PrototypeAttention(self.embedding_dim, num_intents)

    def encode(self, graph: JointGraph, embedding: Tensor | None = None) -> BIGCFEncoding:
        """Encodes the nodes and their intents, and in training draws final embeddings."""
        layers = super().encode(graph, embedding).layers
        joint = self.read_out(layers)
        user, item = joint.split([self.num_users, self.num_items])
        intent = torch.cat([self.user_intent(user), self.item_intent(item)])
        if self.training and self.noise:
            joint = joint + self.noise * torch.randn_like(joint) * intent
        return BIGCFEncoding(*self.split(joint), layers, joint, intent)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """Terms ``bpr`` (or that of another objective), ``l2``, ``contrast`` and ``intent_l2``."""
        assert isinstance(encoding, BIGCFEncoding), "'encoding' must come from BIGCF.encode"
        terms = super().loss(encoding, batch)
        user, item = batch.user, batch.positive + self.num_users
        contrasts = [
            info_nce_of_nodes(view, view, ids, self.contrast_temperature)
            for view, ids in (
                (encoding.joint, (user, user)),
                (encoding.joint, (item, item)),
                (encoding.joint, (user, item)),
                (encoding.intent, (user, user)),
                (encoding.intent, (item, item)),
            )
        ]
        terms["contrast"] = self.contrast_weight * torch.stack(contrasts).sum()
        prototypes = [self.user_intent.prototype, self.item_intent.prototype]
        terms["intent_l2"] = self.intent_l2_weight * l2_loss(prototypes)
        return terms
