"""IRLLRec in the form of its authors' code."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from ..._checks import check_non_negative
from ...data import check_features, get_features
from ...losses import perturb, soft_cross_entropy
from ...nn import IntentEncoder, TextProjector
from ...ops import tiled_cross_entropy
from ..backbones.bigcf import BIGCF
from ..backbones.dccf import DCCF
from ..base import Recommender
from ..encoding import Batch, Encoding
from ..enhancer import Enhancer
from ..registry import ENHANCERS
from .intent_encoding import IntentEncoding
from .intent_views import IntentViews, published_contrast, select_rows
from .irllrec import IRLLRec
from .profile_contrast import ProfileContrast
from .teachers import Teachers


@ENHANCERS.register("irllrec-published")
class PublishedIRLLRec(IRLLRec):
    r"""`IRLLRec <https://arxiv.org/abs/2502.03307>`_ as its authors' code computes it, from which the paper's tables
    come. Choose it to reproduce them, and :class:`~irllrec_pyg.models.IRLLRec` otherwise. It differs from the paper in
    this:

    * masks carry the node embeddings of the layer before, not the intents (Eq. 12);
    * users are contrasted with *all* users, positives and negatives with those of their batch (Eq. 13);
    * translation perturbs :math:`\mathbf{z}` and the *final* embeddings :math:`\mathbf{e}`, compares cosines, has the
      text side only, and runs over all nodes (Eq. 14 and 15);
    * matching is a soft cross entropy over the dimensions of :math:`\mathbf{z}` and of the teacher's
      :math:`\mathbf{z}'`, with weight :math:`1 - \alpha`, and :math:`\alpha` on the translation term (Eq. 17);
    * the teacher copies the text tower only, starts from weights of its own, and moves before the loss of a step
      rather than after the step (Eq. 18);
    * the prototypes of DCCF and BIGCF are used instead of new ones;
    * RLMRec-Con's contrast with profiles is added if profiles are given (Eq. 19).

    Args:
        backbone (Recommender): The model to enhance, usually a backbone.
        user_intent (Tensor): Intent features of users, ``[M, d_t]``.
        item_intent (Tensor): Intent features of items, ``[N, d_t]``.
        user_profile (Tensor, optional): Profile features of users, ``[M, d_p]``.
        item_profile (Tensor, optional): Profile features of items, ``[N, d_p]``.
        num_intents (int, optional): Prototypes per side. DCCF and BIGCF have their own, whose number cannot be
            changed here. (default: that of the backbone, else :obj:`128`)
        profile_weight (float, optional): Weight of the contrast with profiles. (default: :obj:`0.01`)
        profile_temperature (float, optional): Temperature of the contrast with profiles. (default: :obj:`0.2`)
        pairwise_negatives (bool, optional): Whether negatives take part in the pairwise term; in the published code
            they do not on SimGCL. (default: :obj:`True`)
        message (str, optional): What masked edges carry, see :class:`~irllrec_pyg.nn.IntentEncoder`; in the published
            code it is :obj:`"next"` on BIGCF. (default: :obj:`"embedding"`)
        feature_dim (int, optional): Width to which wider features are reduced. (default: they are kept as they are)
        every (int, optional): Number of training steps per computation of the terms of the intents.
            (default: :obj:`1`)
        **kwargs (optional): Additional arguments of :class:`~irllrec_pyg.models.IRLLRec`.

    Raises:
        ValueError: Features do not fit, an argument is out of its range, profiles of only one side are given, or
            ``num_intents`` differs from the number of prototypes that the backbone has.

    Examples:
        >>> from irllrec_pyg.data import JointGraph
        >>> from irllrec_pyg.models import LightGCN
        >>> from irllrec_pyg.testing import tiny_batch, tiny_data
        >>> data = tiny_data()
        >>> model = PublishedIRLLRec.from_data(LightGCN(24, 20), data, num_intents=4)
        >>> sorted(model(JointGraph.from_data(data), tiny_batch(data)))
        ['bpr', 'l2', 'matching', 'pairwise', 'profile', 'translation']
    """

    def __init__(
        self,
        backbone: Recommender,
        user_intent: Tensor,
        item_intent: Tensor,
        user_profile: Tensor | None = None,
        item_profile: Tensor | None = None,
        *,
        num_intents: int | None = None,
        profile_weight: float = 0.01,
        profile_temperature: float = 0.2,
        pairwise_negatives: bool = True,
        message: str = "embedding",
        feature_dim: int | None = None,
        every: int = 1,
        **kwargs: Any,
    ) -> None:
        shared = backbone.user_intent.num_prototypes if isinstance(backbone, DCCF | BIGCF) else None
        if shared is not None and num_intents not in (None, shared):
            raise ValueError(
                f"'num_intents' is {num_intents}, but this form uses the {shared} prototypes of the "
                f"{type(backbone).__name__}; leave it out, or give the backbone as many"
            )
        if num_intents is None:
            num_intents = 128 if shared is None else shared
        kwargs |= {"num_intents": num_intents, "graph_encoder": message, "feature_dim": feature_dim, "every": every}
        super().__init__(backbone, user_intent, item_intent, scope="all", **kwargs)
        self.pairwise_negatives = pairwise_negatives
        if (user_profile is None) != (item_profile is None):
            raise ValueError("'user_profile' and 'item_profile' go together; give both or neither")
        check_non_negative("profile_weight", profile_weight, "use 0 to leave the term out")
        self.profile: ProfileContrast | None = None
        if profile_weight and user_profile is not None and item_profile is not None:
            check_features("profile", user_profile, item_profile, self.num_users, self.num_items)
            self.profile = ProfileContrast(
                user_profile, item_profile, backbone.embedding_dim, profile_weight, profile_temperature
            )

    @classmethod
    def features_read(cls, features: str | None = None, **kwargs: Any) -> tuple[str, ...]:
        """The features that ``features`` names, and ``profile`` if it has a weight."""
        intent = super().features_read(features)
        return intent if kwargs.get("profile_weight") == 0.0 else (*intent, "profile")

    @classmethod
    def from_data(
        cls, backbone: Recommender, data: HeteroData, features: str | None = None, **kwargs: Any
    ) -> PublishedIRLLRec:
        """Wraps a model as usual, and adds ``profile`` features if the data object has them."""
        profiles = get_features(data, "profile") if "profile" in data["user"] else ()
        return cls(backbone, *get_features(data, features or cls.reads), *profiles, **kwargs)

    def make_interaction_tower(self, graph_encoder: str, num_intents: int) -> nn.Module | None:
        """The module that finds interaction intents, with the prototypes of the backbone if it has some."""
        if isinstance(self.backbone, DCCF | BIGCF):
            shared = self.backbone.user_intent, self.backbone.item_intent
            return IntentEncoder(self.embedding_dim, message=graph_encoder, attention=shared)
        return super().make_interaction_tower(graph_encoder, num_intents)

    def make_teacher(self, momentum: float) -> Teachers:
        """A momentum copy of the text tower that starts from weights of its own."""
        if not isinstance(self.text_tower, TextProjector):
            raise ValueError("'text_encoder' must be 'mlp' in the published form, whose teacher copies the text tower")
        lin1 = self.text_tower.lin1
        own = TextProjector(lin1.in_features, self.embedding_dim, lin1.out_features)
        return Teachers({"text_tower": own}, momentum)

    def reset_parameters(self) -> None:
        """Draws all parameters anew, those of the backbone and of the teacher included."""
        Enhancer.reset_parameters(self)  # the teacher's own weights, where IRLLRec's teachers are copies

    def own_l2(self, frozen: bool = True) -> Tensor:
        """As in the base class, with the weights of the teacher. They shift the value, not the gradient."""
        return super().own_l2(frozen)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """Terms of :class:`~irllrec_pyg.models.IRLLRec`, and ``profile``."""
        terms = super().loss(encoding, batch)
        if self.profile is not None:
            terms["profile"] = self.profile(encoding, batch)
        return terms

    def pairwise_term(self, views: IntentViews, batch: Batch) -> Tensor:
        """Contrasts of users with all users, and of positives and negatives with those of their batch."""
        return published_contrast(self.pairwise, views, batch, self.pairwise_negatives)

    def translation_and_matching(self, encoding: IntentEncoding, views: IntentViews) -> dict[str, Tensor]:
        """Terms over all nodes that have texts."""
        terms: dict[str, Tensor] = {}
        if not self.weights["translation"] and not self.weights["matching"]:
            return terms
        text, final = torch.cat(views.text), torch.cat(select_rows((encoding.user, encoding.item), views.rows))
        translation = text.new_zeros(())
        if self.weights["translation"]:
            noise = self.translation.noise if self.training else 0.0
            z, e = (F.normalize(perturb(view, noise), dim=-1) for view in (text, final))
            translation = tiled_cross_entropy(z, e, torch.arange(z.size(0), device=z.device))
            terms["translation"] = translation = self.weights["translation"] * translation
        if self.weights["matching"]:
            if self.training:
                self.teacher.follow(self.students())
            # One side at a time: to concatenate the features would copy all texts in every step.
            features = select_rows((self.user_intent, self.item_intent), views.rows)
            teacher = torch.cat([self.teacher["text_tower"](x) for x in features])
            mixed = self.matching_alpha * translation + (1.0 - self.matching_alpha) * soft_cross_entropy(text, teacher)
            terms["matching"] = self.weights["matching"] * mixed
        return terms

    def after_step(self) -> None:
        """Calls ``after_step`` of the backbone. The teacher has moved in :meth:`loss`, before it was used."""
        self.backbone.after_step()
        self.interval.advance()
