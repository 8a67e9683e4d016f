"""RLMRec-Con."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch_geometric.data import HeteroData

from ...data import check_features, get_features
from ...data import JointGraph
from ..base import Backbone, Enhancer
from ..encoding import Batch, Encoding
from .profile_contrast import ProfileContrast
from ..registry import ENHANCERS


@ENHANCERS.register("rlmrec-con")
class RLMRecCon(Enhancer):
    r"""The contrastive form of `"Representation Learning with Large Language Models for Recommendation"
    <https://arxiv.org/abs/2310.15950>`_: final embeddings are pulled towards the projected profiles of their nodes,
    :class:`~irllrec_pyg.models.ProfileContrast`.

    Args:
        backbone (Backbone): What is enhanced.
        user_profile (Tensor): Profile features of users, ``[M, d_p]``.
        item_profile (Tensor): Profile features of items, ``[N, d_p]``.
        profile_weight (float, optional): Of the contrast. (default: :obj:`0.01`)
        profile_temperature (float, optional): :math:`\tau`. (default: :obj:`0.2`)
        hidden_channels (int, optional): Of the projector. (default: see :class:`~irllrec_pyg.nn.TextProjector`)

    Raises:
        ValueError: Features do not fit the backbone, or an argument is out of its range.
    """

    def __init__(
        self,
        backbone: Backbone,
        user_profile: Tensor,
        item_profile: Tensor,
        *,
        profile_weight: float = 0.01,
        profile_temperature: float = 0.2,
        hidden_channels: int | None = None,
    ) -> None:
        super().__init__(backbone)
        check_features("profile", user_profile, item_profile, self.num_users, self.num_items)
        self.profile = ProfileContrast(
            user_profile, item_profile, self.embedding_dim, profile_weight, profile_temperature, hidden_channels
        )

    @classmethod
    def features_read(cls, features: str = "profile", **kwargs: Any) -> tuple[str, ...]:
        """The one that ``features`` names."""
        return (features,)

    @classmethod
    def from_data(cls, backbone: Backbone, data: HeteroData, features: str = "profile", **kwargs: Any) -> RLMRecCon:
        """Takes the features that ``features`` names from the data.

        Raises:
            ValueError: The data has no such features.
        """
        return cls(backbone, *get_features(data, features), **kwargs)

    def encode(self, graph: JointGraph) -> Encoding:
        """The backbone's encoding."""
        return self.backbone.encode(graph)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """The backbone's terms and ``profile``; ``l2`` covers the projector too."""
        terms = self.backbone.loss(encoding, batch)
        terms["l2"] = terms["l2"] + self.own_l2()
        terms["profile"] = self.profile(encoding, batch)
        return terms
