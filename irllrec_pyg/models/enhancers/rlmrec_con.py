"""RLMRec-Con."""

from __future__ import annotations

from torch import Tensor

from ...data import JointGraph, check_features
from ...ranking import Ranker
from ..base import Recommender
from ..encoding import Batch, Encoding
from ..enhancer import Enhancer
from ..registry import ENHANCERS
from .profile_contrast import ProfileContrast


@ENHANCERS.register("rlmrec-con")
class RLMRecCon(Enhancer):
    r"""The contrastive form of `"Representation Learning with Large Language Models for Recommendation"
    <https://arxiv.org/abs/2310.15950>`_: it contrasts the final embedding of each node with its projected profile
    (:class:`~irllrec_pyg.models.ProfileContrast`). Ranking is that of the wrapped model.

    Choose it as the simplest way to use texts; :class:`~irllrec_pyg.models.IRLLRec` aligns intents as well.

    Args:
        backbone (Recommender): The model to enhance.
        user_profile (Tensor): Profile features of users, ``[M, d_p]``.
        item_profile (Tensor): Profile features of items, ``[N, d_p]``.
        profile_weight (float, optional): Weight of the contrast. (default: :obj:`0.01`)
        profile_temperature (float, optional): Temperature of the contrast. (default: :obj:`0.2`)
        hidden_channels (int, optional): Hidden width of the projector. (default: see
            :class:`~irllrec_pyg.nn.TextProjector`)

    Raises:
        ValueError: Features do not fit the model, or an argument is out of its range.

    Examples:
        >>> from irllrec_pyg.models import LightGCN
        >>> from irllrec_pyg.testing import tiny_batch, tiny_data
        >>> data = tiny_data()
        >>> model = RLMRecCon.from_data(LightGCN(24, 20), data)
        >>> sorted(model(JointGraph.from_data(data), tiny_batch(data)))
        ['bpr', 'l2', 'profile']
    """

    reads = "profile"

    def __init__(
        self,
        backbone: Recommender,
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

    def encode(self, graph: JointGraph) -> Encoding:
        """Encoding of the wrapped model."""
        return self.backbone.encode(graph)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """Terms of the wrapped model and ``profile``; ``l2`` includes the projector."""
        terms = self.backbone.loss(encoding, batch)
        terms["l2"] = terms["l2"] + self.own_l2()
        terms["profile"] = self.profile(encoding, batch)
        return terms

    def ranker(self, graph: JointGraph) -> Ranker:
        """Ranker of the wrapped model."""
        return self.backbone.ranker(graph)
