"""RLMRec-Gen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from ...data import check_features, get_features, text_mask
from ...data import JointGraph
from ...losses import PairwiseAlignment
from ...nn import TextProjector
from ..base import Backbone, Enhancer
from ..encoding import Batch, Encoding
from ..registry import ENHANCERS


@dataclass
class MaskedEncoding(Encoding):
    """An encoding made with some input embeddings masked; in training only.

    Args:
        base: The backbone's own encoding, which its loss may need more of.
        masked: Joint ids of the masked nodes.
    """

    base: Encoding
    masked: Tensor


@ENHANCERS.register("rlmrec-gen")
class RLMRecGen(Enhancer):
    r"""The generative form of `"Representation Learning with Large Language Models for Recommendation"
    <https://arxiv.org/abs/2310.15950>`_: in every step a share of the input embeddings is replaced by a learned token,
    the backbone encodes the rest, and from what it makes of the masked nodes :math:`\mathcal{S}` their profiles
    :math:`\mathbf{s}` are to be told apart,

    .. math::
        \lambda \frac{1}{|\mathcal{S}|} \sum_{n \in \mathcal{S}} -\log
        \frac{\exp(\cos(\mathrm{MLP}(\mathbf{e}_n), \mathbf{s}_n) / \tau)}
        {\sum_{m \in \mathcal{S}} \exp(\cos(\mathrm{MLP}(\mathbf{e}_n), \mathbf{s}_m) / \tau)} .

    Ranking is trained on the masked encoding too, as published. On BIGCF the published code encodes all input
    embeddings as they are, and reconstructs profiles of nodes that were never hidden: ``hide=False``. Nodes without a
    profile are not masked.

    Args:
        backbone (Backbone): What is enhanced.
        user_profile (Tensor): Profile features of users, ``[M, d_p]``.
        item_profile (Tensor): Profile features of items, ``[N, d_p]``.
        mask_ratio (float, optional): Share of nodes masked in a step. (default: :obj:`0.1`)
        hide (bool, optional): Whether the backbone sees the token in place of a masked node. (default: :obj:`True`)
        reconstruction_weight (float, optional): :math:`\lambda`. (default: :obj:`0.01`)
        reconstruction_temperature (float, optional): :math:`\tau`. (default: :obj:`0.2`)
        hidden_channels (int, optional): Of the reconstructor. (default: see :class:`~irllrec_pyg.nn.TextProjector`)

    Raises:
        ValueError: Features do not fit the backbone, or an argument is out of its range.
    """

    profile: Tensor
    told: Tensor

    def __init__(
        self,
        backbone: Backbone,
        user_profile: Tensor,
        item_profile: Tensor,
        *,
        mask_ratio: float = 0.1,
        hide: bool = True,
        reconstruction_weight: float = 0.01,
        reconstruction_temperature: float = 0.2,
        hidden_channels: int | None = None,
    ) -> None:
        super().__init__(backbone)
        check_features("profile", user_profile, item_profile, self.num_users, self.num_items)
        if not 0.0 < mask_ratio < 1.0:
            raise ValueError(f"'mask_ratio' must lie between 0 and 1 (got {mask_ratio}); 0.05 to 0.6 are published")
        if reconstruction_weight < 0.0:
            raise ValueError(f"'reconstruction_weight' must not be negative (got {reconstruction_weight})")
        self.register_buffer("profile", torch.cat([user_profile, item_profile]), persistent=False)
        self.register_buffer("told", text_mask(self.profile).nonzero().squeeze(1), persistent=False)
        self.mask_ratio, self.hide, self.reconstruction_weight = mask_ratio, hide, reconstruction_weight
        self.alignment = PairwiseAlignment(reconstruction_temperature)
        self.mask_token = nn.Parameter(torch.empty(1, self.embedding_dim))
        nn.init.xavier_uniform_(self.mask_token)
        self.reconstructor = TextProjector(self.embedding_dim, user_profile.size(1), hidden_channels)

    @classmethod
    def features_read(cls, features: str = "profile", **kwargs: Any) -> tuple[str, ...]:
        """The one that ``features`` names."""
        return (features,)

    @classmethod
    def from_data(cls, backbone: Backbone, data: HeteroData, features: str = "profile", **kwargs: Any) -> RLMRecGen:
        """Takes the features that ``features`` names from the data.

        Raises:
            ValueError: The data has no such features.
        """
        return cls(backbone, *get_features(data, features), **kwargs)

    def encode(self, graph: JointGraph) -> Encoding:
        """The backbone's encoding; in training, with masked input embeddings."""
        if not self.training:
            return self.backbone.encode(graph)
        masked = self.draw()
        embedding: Tensor = self.backbone.embedding
        if self.hide:
            embedding = embedding.index_copy(0, masked, self.mask_token.expand(masked.numel(), -1))
        base = self.backbone.encode(graph, embedding)
        return MaskedEncoding(base.user, base.item, base.layers, base, masked)

    def draw(self) -> Tensor:
        """Joint ids of the nodes that a step masks, among those with a profile; one at least."""
        size = self.told.numel()
        return self.told[torch.randperm(size, device=self.told.device)[: max(1, int(size * self.mask_ratio))]]

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """The backbone's terms, and for an encoding made in training ``reconstruction``; ``l2`` covers all of it."""
        if not isinstance(encoding, MaskedEncoding):
            terms = self.backbone.loss(encoding, batch)
            return terms | {"l2": terms["l2"] + self.own_l2()}
        terms = self.backbone.loss(encoding.base, batch)
        terms["l2"] = terms["l2"] + self.own_l2()
        final = torch.cat([encoding.user, encoding.item]).index_select(0, encoding.masked)
        told = self.profile.index_select(0, encoding.masked).to(final.dtype)
        terms["reconstruction"] = self.reconstruction_weight * self.alignment(self.reconstructor(final), told)
        return terms
