"""Ranking by text alone."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import HeteroData

from ..datasets import check_features, features_of
from .closed_form import ClosedForm


class SemanticOnly(ClosedForm):
    r"""Scores by the cosine of a user's and an item's text features, :math:`\cos(\mathbf{x}_u, \mathbf{x}_i)`: what the
    texts say with nothing learned, as in Table 3 of `IRLLRec <https://arxiv.org/abs/2502.03307>`_.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``; they are not read.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        user_feature (Tensor): Features of users, ``[M, d_t]``.
        item_feature (Tensor): Features of items, ``[N, d_t]``.

    Raises:
        ValueError: Features do not fit or hold NaN.
    """

    user: Tensor
    item: Tensor

    def __init__(
        self, pairs: Tensor, num_users: int, num_items: int, user_feature: Tensor, item_feature: Tensor
    ) -> None:
        super().__init__(pairs, num_users, num_items)
        check_features("intent", user_feature, item_feature, num_users, num_items)
        self.register_buffer("user", F.normalize(user_feature.float(), dim=-1), persistent=False)
        self.register_buffer("item", F.normalize(item_feature.float(), dim=-1), persistent=False)

    @classmethod
    def from_data(cls, data: HeteroData, features: str = "intent", **kwargs: Any) -> SemanticOnly:
        """Takes the features that ``features`` names from the data.

        Raises:
            ValueError: The data has no such features.
        """
        user, item = features_of(data, features)
        pairs = data["user", "interacts", "item"].edge_index
        return cls(pairs, data["user"].num_nodes, data["item"].num_nodes, user, item)

    def score(self, user: Tensor) -> Tensor:
        """See :meth:`ClosedForm.score <irllrec_pyg.models.ClosedForm.score>`."""
        return self.user[user] @ self.item.t()
