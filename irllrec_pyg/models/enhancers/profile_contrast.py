"""The contrast of embeddings with profiles."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...data import check_features
from ...losses import PairwiseAlignment
from ...nn import TextProjector
from ..encoding import Batch, Encoding
from .intent_views import TextRows, project_views, published_contrast


class ProfileContrast(nn.Module):
    r"""InfoNCE between final embeddings and projected profiles, the term of RLMRec-Con (Eq. 9 of `"Representation
    Learning with Large Language Models for Recommendation" <https://arxiv.org/abs/2310.15950>`_). Users are contrasted
    with all users, positives and negatives with their batch, as published. Nodes without text take no part.

    Args:
        user_profile: Profile features of users, ``[M, d_p]``.
        item_profile: Profile features of items, ``[N, d_p]``.
        embedding_dim: Width :math:`d` of the embeddings.
        weight: Of the term.
        temperature: :math:`\tau`.
        hidden_channels: Of the projector. (default: see :class:`~irllrec_pyg.nn.TextProjector`)

    Raises:
        ValueError: ``weight`` is negative, ``temperature`` is not above zero, or features hold NaN.
    """

    user_profile: Tensor
    item_profile: Tensor

    def __init__(
        self,
        user_profile: Tensor,
        item_profile: Tensor,
        embedding_dim: int,
        weight: float,
        temperature: float,
        hidden_channels: int | None = None,
    ) -> None:
        super().__init__()
        if weight < 0.0:
            raise ValueError(f"'profile_weight' must not be negative (got {weight}); use 0 to leave the term out")
        check_features("profile", user_profile, item_profile, user_profile.size(0), item_profile.size(0))
        self.register_buffer("user_profile", user_profile, persistent=False)
        self.register_buffer("item_profile", item_profile, persistent=False)
        self.rows = TextRows(user_profile, item_profile)
        self.weight, self.alignment = weight, PairwiseAlignment(temperature)
        self.tower = TextProjector(user_profile.size(1), embedding_dim, hidden_channels)

    def forward(self, encoding: Encoding, batch: Batch) -> Tensor:
        """The weighted term."""
        node = torch.cat([encoding.user, encoding.item])
        views = project_views(node, (self.user_profile, self.item_profile), self.tower, self.rows())
        return self.weight * published_contrast(self.alignment, views, batch)
