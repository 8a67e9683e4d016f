"""Ranking by the similarity of texts."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import HeteroData

from ...data import INTERACTS, check_features, get_features, unit_features
from ...ranking.history import to_sparse
from ..registry import CLOSED_FORMS
from .base import ClosedForm


@CLOSED_FORMS.register("semantic-only")
class SemanticOnly(ClosedForm):
    r"""Scores by the cosine of the text features of a user and an item, :math:`\cos(\mathbf{x}_u, \mathbf{x}_i)`, with
    nothing learned, as in Table 3 of `IRLLRec <https://arxiv.org/abs/2502.03307>`_.

    Choose it to see what texts say by themselves, and as a part of a :class:`~irllrec_pyg.ranking.Blend`: full text
    features hold details that the few dimensions of a learned model lose.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``; scores do not depend on them.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        user_feature (Tensor): Text features of users, ``[M, d_t]``.
        item_feature (Tensor): Text features of items, ``[N, d_t]``. A row of zeros is a node without text, whose scores
            are zero.
        center (bool, optional): Whether the mean over all users with texts is subtracted from users, and that over
            items from items, because encoders give all texts much in common. (default: :obj:`False`)

    Attributes:
        user_embedding: Features of users at unit length, ``[M, d_t]``.
        item_embedding: Features of items at unit length, ``[N, d_t]``.

    Raises:
        ValueError: Features do not fit or hold NaN.

    Examples:
        >>> import torch
        >>> from irllrec_pyg.testing import tiny_data
        >>> SemanticOnly.from_data(tiny_data(), center=True).score(torch.tensor([0, 3])).shape
        torch.Size([2, 20])
    """

    user_embedding: Tensor
    item_embedding: Tensor

    def __init__(
        self,
        pairs: Tensor,
        num_users: int,
        num_items: int,
        user_feature: Tensor,
        item_feature: Tensor,
        center: bool = False,
    ) -> None:
        super().__init__(pairs, num_users, num_items)
        check_features("intent", user_feature, item_feature, num_users, num_items)
        self.register_buffer("user_embedding", unit_features(user_feature, center), persistent=False)
        self.register_buffer("item_embedding", unit_features(item_feature, center), persistent=False)

    @classmethod
    def features_read(cls, features: str = "intent", **kwargs: Any) -> tuple[str, ...]:
        """The features that ``features`` names."""
        return (features,)

    @classmethod
    def from_data(cls, data: HeteroData, features: str = "intent", **kwargs: Any) -> SemanticOnly:
        """Computes it from the features of a data object.

        Args:
            data: The data object.
            features: Name of the features. (default: ``"intent"``)
            **kwargs: Additional arguments of the constructor.

        Raises:
            ValueError: The data has no such features.
        """
        features_of_sides = get_features(data, features)
        pairs = data[INTERACTS].edge_index
        return cls(pairs, data["user"].num_nodes, data["item"].num_nodes, *features_of_sides, **kwargs)

    def score(self, user: Tensor) -> Tensor:
        """See :meth:`ClosedForm.score <irllrec_pyg.models.ClosedForm.score>`."""
        return self.user_embedding[user] @ self.item_embedding.t()

    def score_history(self, history: Tensor) -> Tensor:
        """Cosines of the mean of the history's texts; see
        :meth:`HistoryRanker.score_history <irllrec_pyg.ranking.HistoryRanker.score_history>`."""
        user = torch.sparse.mm(to_sparse(history).to(self.item_embedding), self.item_embedding)
        return F.normalize(user, dim=-1) @ self.item_embedding.t()

    def contributions(self, user: int, history: Tensor) -> Tensor:
        """Zeros, because scores come from the text of the user; see
        :meth:`HistoryRanker.contributions <irllrec_pyg.ranking.HistoryRanker.contributions>`."""
        return self.item_embedding.new_zeros(history.numel(), self.num_items)
