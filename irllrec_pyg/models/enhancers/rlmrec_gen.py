"""RLMRec-Gen."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..._checks import check_non_negative
from ...data import JointGraph, check_features, text_mask
from ...losses import PairwiseAlignment
from ...nn import TextProjector
from ..backbone import Backbone
from ..encoding import Batch, Encoding
from ..enhancer import Enhancer, check_is_backbone
from ..node_features import register_features
from ..registry import ENHANCERS


@dataclass
class MaskedEncoding(Encoding):
    """An encoding in training, with some input embeddings masked.

    Args:
        base: Encoding of the backbone, which its loss reads.
        masked: Joint ids of the masked nodes.

    Examples:
        >>> base = Encoding(torch.ones(3, 4), torch.ones(2, 4), [])
        >>> MaskedEncoding(base.user, base.item, base.layers, base, masked=torch.tensor([1])).masked
        tensor([1])
    """

    base: Encoding
    masked: Tensor


@ENHANCERS.register("rlmrec-gen")
class RLMRecGen(Enhancer):
    r"""The generative form of `"Representation Learning with Large Language Models for Recommendation"
    <https://arxiv.org/abs/2310.15950>`_: in every step a learned token replaces a share of the input embeddings. From
    the encoded embeddings of these nodes :math:`\mathcal{S}` a perceptron reconstructs their profiles
    :math:`\mathbf{s}`, by a contrast with each other,

    .. math::
        \lambda \frac{1}{|\mathcal{S}|} \sum_{n \in \mathcal{S}} -\log
        \frac{\exp(\cos(\mathrm{MLP}(\mathbf{e}_n), \mathbf{s}_n) / \tau)}
        {\sum_{m \in \mathcal{S}} \exp(\cos(\mathrm{MLP}(\mathbf{e}_n), \mathbf{s}_m) / \tau)} .

    The backbone's loss reads the masked encoding too, as published. On BIGCF the published code encodes all input
    embeddings unmasked, and reconstructs the profiles of random nodes: use ``hide=False``. Nodes without a profile are
    not masked.

    Args:
        backbone (Backbone): The backbone to enhance.
        user_profile (Tensor): Profile features of users, ``[M, d_p]``.
        item_profile (Tensor): Profile features of items, ``[N, d_p]``.
        mask_ratio (float, optional): Share of nodes that a step masks. (default: :obj:`0.1`)
        hide (bool, optional): Whether the token replaces the input embeddings of masked nodes. (default: :obj:`True`)
        reconstruction_weight (float, optional): Weight :math:`\lambda` of the reconstruction. (default: :obj:`0.01`)
        reconstruction_temperature (float, optional): Temperature :math:`\tau` of the reconstruction.
            (default: :obj:`0.2`)
        hidden_channels (int, optional): Hidden width of the reconstructor. (default: see
            :class:`~irllrec_pyg.nn.TextProjector`)

    Raises:
        ValueError: Features do not fit the backbone, or an argument is out of its range.

    Examples:
        >>> from irllrec_pyg.models import LightGCN
        >>> from irllrec_pyg.testing import tiny_batch, tiny_data
        >>> data = tiny_data()
        >>> model = RLMRecGen.from_data(LightGCN(24, 20), data)
        >>> sorted(model(JointGraph.from_data(data), tiny_batch(data)))
        ['bpr', 'l2', 'reconstruction']
    """

    reads = "profile"
    backbone: Backbone
    profile: Tensor
    text_rows: Tensor

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
        check_is_backbone(backbone, type(self).__name__)
        check_features("profile", user_profile, item_profile, self.num_users, self.num_items)
        if not 0.0 < mask_ratio < 1.0:
            raise ValueError(f"'mask_ratio' must lie in (0, 1) (got {mask_ratio}); published values are 0.05 to 0.6")
        check_non_negative("reconstruction_weight", reconstruction_weight)
        register_features(self, item_profile, profile=torch.cat([user_profile, item_profile]))
        self.register_buffer("text_rows", text_mask(self.profile).nonzero().squeeze(1), persistent=False)
        self.mask_ratio, self.hide, self.reconstruction_weight = mask_ratio, hide, reconstruction_weight
        self.alignment = PairwiseAlignment(reconstruction_temperature)
        self.mask_token = nn.Parameter(torch.empty(1, self.embedding_dim))
        nn.init.xavier_uniform_(self.mask_token)
        self.reconstructor = TextProjector(self.embedding_dim, user_profile.size(1), hidden_channels)

    def reset_parameters(self) -> None:
        """Draws all parameters anew, those of the backbone included."""
        super().reset_parameters()
        nn.init.xavier_uniform_(self.mask_token)

    def encode(self, graph: JointGraph) -> Encoding:
        """Encoding of the backbone, in training with masked input embeddings."""
        if not self.training:
            return self.backbone.encode(graph)
        masked = self.draw()
        embedding: Tensor = self.backbone.embedding
        if self.hide:
            embedding = embedding.index_copy(0, masked, self.mask_token.expand(masked.numel(), -1))
        base = self.backbone.encode(graph, embedding)
        return MaskedEncoding(base.user, base.item, base.layers, base, masked)

    def draw(self) -> Tensor:
        """Joint ids of the nodes that a step masks: some of those with a profile, at least one."""
        size = self.text_rows.numel()
        return self.text_rows[torch.randperm(size, device=self.text_rows.device)[: max(1, int(size * self.mask_ratio))]]

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """Terms of the backbone, and in training ``reconstruction``; ``l2`` includes all parameters."""
        terms = self.backbone.loss(encoding.base if isinstance(encoding, MaskedEncoding) else encoding, batch)
        terms["l2"] = terms["l2"] + self.own_l2()
        if isinstance(encoding, MaskedEncoding):
            final = torch.cat([encoding.user, encoding.item]).index_select(0, encoding.masked)
            profile = self.profile.index_select(0, encoding.masked).to(final.dtype)
            terms["reconstruction"] = self.reconstruction_weight * self.alignment(self.reconstructor(final), profile)
        return terms
