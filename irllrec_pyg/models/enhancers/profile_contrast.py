"""The contrast of embeddings with profile texts."""

from __future__ import annotations

from torch import Tensor, nn

from ..._checks import check_non_negative
from ...data import check_features
from ...losses import PairwiseAlignment
from ...nn import TextProjector
from ..encoding import Batch, Encoding
from ..node_features import register_features, reset_features
from .intent_views import TextRows, project_views, published_contrast, select_rows


class ProfileContrast(nn.Module):
    r"""InfoNCE between final embeddings and projected profiles, the term of RLMRec-Con (Eq. 9 of `"Representation
    Learning with Large Language Models for Recommendation" <https://arxiv.org/abs/2310.15950>`_). Users are contrasted
    with all users, and positives and negatives with those of their batch, as published. Nodes without text take no
    part.

    Args:
        user_profile (Tensor): Profile features of users, ``[M, d_p]``.
        item_profile (Tensor): Profile features of items, ``[N, d_p]``.
        embedding_dim (int): Width :math:`d` of the embeddings.
        weight (float): Weight of the term.
        temperature (float): Temperature :math:`\tau`.
        hidden_channels (int, optional): Hidden width of the projector. (default: see
            :class:`~irllrec_pyg.nn.TextProjector`)

    Raises:
        ValueError: ``weight`` is negative, ``temperature`` is not above zero, or features hold NaN.

    Examples:
        >>> profiles = torch.randn(3, 6), torch.randn(2, 6)
        >>> contrast = ProfileContrast(*profiles, embedding_dim=4, weight=0.1, temperature=0.2)
        >>> encoding = Encoding(torch.randn(3, 4), torch.randn(2, 4), [])
        >>> contrast(encoding, Batch(*torch.tensor([[0, 1], [1, 0], [0, 1]]))).shape
        torch.Size([])
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
        check_non_negative("profile_weight", weight, "use 0 to leave the term out")
        check_features("profile", user_profile, item_profile, user_profile.size(0), item_profile.size(0))
        register_features(self, user_profile=user_profile, item_profile=item_profile)
        self.rows = TextRows(user_profile, item_profile)
        self.weight, self.alignment = weight, PairwiseAlignment(temperature)
        self.tower = TextProjector(user_profile.size(1), embedding_dim, hidden_channels)

    def reset_parameters(self) -> None:
        """Draws all parameters anew."""
        reset_features(self)
        self.tower.reset_parameters()

    def forward(self, encoding: Encoding, batch: Batch) -> Tensor:
        """Computes the weighted term.

        Args:
            encoding: The encoded users and items.
            batch: The triplets of the step.
        """
        rows = self.rows()
        node = select_rows((encoding.user, encoding.item), rows)
        views = project_views(node, (self.user_profile, self.item_profile), self.tower, rows)
        return self.weight * published_contrast(self.alignment, views, batch)
