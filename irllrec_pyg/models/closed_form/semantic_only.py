"""Ranking by text alone."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch_geometric.data import HeteroData

from ...data import check_features, get_features, text_mask, unit_features
from .base import ClosedForm
from ..registry import CLOSED_FORMS


@CLOSED_FORMS.register("semantic-only")
class SemanticOnly(ClosedForm):
    r"""Scores by the cosine of a user's and an item's text features, :math:`\cos(\mathbf{x}_u, \mathbf{x}_i)`: what the
    texts say with nothing learned, as in Table 3 of `IRLLRec <https://arxiv.org/abs/2502.03307>`_. Blended with a
    learned model (:class:`~irllrec_pyg.models.Blend`) it brings back what few dimensions cannot hold, such as a book by
    an author whom the user has read.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``; they are not read.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        user_feature (Tensor): Features of users, ``[M, d_t]``.
        item_feature (Tensor): Features of items, ``[N, d_t]``; rows of zeros are items without text, and score zero.
        center (bool, optional): Whether the mean over the users that have a text is taken from theirs, and that over
            items from items', for encoders give all texts much in common. (default: :obj:`False`)

    Raises:
        ValueError: Features do not fit or hold NaN.
    """

    user: Tensor
    item: Tensor  # of those that have a text
    told: Tensor

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
        self.register_buffer("user", unit_features(user_feature, center), persistent=False)
        item = unit_features(item_feature, center)
        told = text_mask(item).nonzero().squeeze(1)
        self.register_buffer("told", told, persistent=False)
        self.register_buffer("item", item.index_select(0, told), persistent=False)

    @classmethod
    def features_read(cls, features: str = "intent", **kwargs: Any) -> tuple[str, ...]:
        """The one that ``features`` names."""
        return (features,)

    @classmethod
    def from_data(cls, data: HeteroData, features: str = "intent", **kwargs: Any) -> SemanticOnly:
        """Takes the features that ``features`` names from the data.

        Raises:
            ValueError: The data has no such features.
        """
        user, item = get_features(data, features)
        pairs = data["user", "interacts", "item"].edge_index
        return cls(pairs, data["user"].num_nodes, data["item"].num_nodes, user, item, **kwargs)

    def score(self, user: Tensor) -> Tensor:
        """See :meth:`ClosedForm.score <irllrec_pyg.models.ClosedForm.score>`."""
        told = self.user.index_select(0, user) @ self.item.t()
        return told.new_zeros(user.numel(), self.num_items).index_copy_(1, self.told, told)
