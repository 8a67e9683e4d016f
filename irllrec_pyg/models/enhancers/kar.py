"""KAR."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from ...data import check_features, get_features, text_mask
from ...data import JointGraph
from ...nn import ExpertAdapter
from ..base import Backbone, Enhancer
from ..encoding import Batch, Encoding
from ..registry import ENHANCERS


@ENHANCERS.register("kar")
class KAR(Enhancer):
    r"""`"Towards Open-World Recommendation with Knowledge Augmentation from Large Language Models"
    <https://arxiv.org/abs/2306.10933>`_ over a backbone of collaborative filtering: experts turn text features into
    augmented embeddings (:class:`~irllrec_pyg.nn.ExpertAdapter`), which join the id embeddings at the input,
    :math:`\mathbf{e}^{(0)} = \mathbf{e}_{\text{id}} + \mathbf{a}`. It has no loss of its own: the backbone's trains it.
    Nodes without text keep their id embeddings alone.

    Args:
        backbone (Backbone): What is enhanced.
        user_feature (Tensor): Text features of users, ``[M, d_t]``.
        item_feature (Tensor): Text features of items, ``[N, d_t]``.
        num_shared (int, optional): Experts that both sides share. (default: :obj:`2`)
        num_own (int, optional): Experts of each side, those of preferences and those of facts. (default: :obj:`2`)
        hidden_channels (int, optional): Of an expert. (default: see :class:`~irllrec_pyg.nn.TextProjector`)

    Raises:
        ValueError: Features do not fit the backbone, or an argument is out of its range.
    """

    user_feature: Tensor
    item_feature: Tensor
    told: Tensor

    def __init__(
        self,
        backbone: Backbone,
        user_feature: Tensor,
        item_feature: Tensor,
        *,
        num_shared: int = 2,
        num_own: int = 2,
        hidden_channels: int | None = None,
    ) -> None:
        super().__init__(backbone)
        check_features("profile", user_feature, item_feature, self.num_users, self.num_items)
        self.register_buffer("user_feature", user_feature, persistent=False)
        self.register_buffer("item_feature", item_feature, persistent=False)
        told = text_mask(torch.cat([user_feature, item_feature])).unsqueeze(-1)
        self.register_buffer("told", told.to(self.backbone.embedding.dtype), persistent=False)
        width = user_feature.size(1)
        self.adapter = ExpertAdapter(width, self.embedding_dim, num_shared, num_own, hidden_channels)

    @classmethod
    def features_read(cls, features: str = "profile", **kwargs: Any) -> tuple[str, ...]:
        """The one that ``features`` names."""
        return (features,)

    @classmethod
    def from_data(cls, backbone: Backbone, data: HeteroData, features: str = "profile", **kwargs: Any) -> KAR:
        """Takes the features that ``features`` names from the data.

        Raises:
            ValueError: The data has no such features.
        """
        return cls(backbone, *get_features(data, features), **kwargs)

    def encode(self, graph: JointGraph) -> Encoding:
        """The backbone's encoding of augmented embeddings."""
        augmented = torch.cat(self.adapter(self.user_feature, self.item_feature))
        return self.backbone.encode(graph, self.backbone.embedding + augmented * self.told)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """The backbone's terms; ``l2`` covers the experts too."""
        terms = self.backbone.loss(encoding, batch)
        return terms | {"l2": terms["l2"] + self.own_l2()}
