"""IRLLRec in the form of its authors' code."""

from __future__ import annotations

from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from ...data import check_features, get_features
from ...losses import l2_loss, perturb, soft_cross_entropy
from ...nn import IntentEncoder, MomentumCopy, TextProjector
from ...ops import tiled_cross_entropy
from ..backbones.bigcf import BIGCF
from ..backbones.dccf import DCCF
from ..base import Backbone
from ..encoding import Batch, Encoding
from ..registry import ENHANCERS
from .irllrec import IntentEncoding, IRLLRec
from .profile_contrast import ProfileContrast
from .intent_views import IntentViews, published_contrast, select_rows


@ENHANCERS.register("irllrec-published")
class PublishedIRLLRec(IRLLRec):
    r"""IRLLRec as the authors' code computes it, from which the paper's tables come. It departs from the paper, and so
    from :class:`~irllrec_pyg.models.IRLLRec`, in this:

    * masks carry the node embeddings of the layer before, not the intents (Eq. 12);
    * users are contrasted with *all* users, positives and negatives with their batch (Eq. 13);
    * translation perturbs :math:`\mathbf{z}` and the *final* embeddings :math:`\mathbf{e}`, compares cosines, has the
      text side only, and runs over all nodes (Eq. 14 and 15);
    * matching is a soft cross entropy over the dimensions of :math:`\mathbf{z}` and of the teacher's
      :math:`\mathbf{z}'`, weighted :math:`1 - \alpha`, with :math:`\alpha` on the translation term (Eq. 17);
    * the teacher copies the text tower only, starts from weights of its own, and moves before the step's loss
      rather than after the step (Eq. 18);
    * DCCF and BIGCF have prototypes already, and these are used;
    * RLMRec-Con's contrast with profiles is added where profiles are given (Eq. 19).

    Args:
        backbone (Backbone): The backbone to enhance.
        user_intent (Tensor): Intent features of users, ``[M, d_t]``.
        item_intent (Tensor): Intent features of items, ``[N, d_t]``.
        user_profile (Tensor, optional): Profile features of users, ``[M, d_p]``.
        item_profile (Tensor, optional): Profile features of items, ``[N, d_p]``.
        num_intents (int, optional): Prototypes per side; DCCF and BIGCF bring their own.
            (default: those of the backbone, else :obj:`128`)
        profile_weight (float, optional): Weight of the contrast with profiles. (default: :obj:`0.01`)
        profile_temperature (float, optional): Temperature of the contrast with profiles. (default: :obj:`0.2`)
        pairwise_negatives (bool, optional): Whether negatives take part in the pairwise term; on SimGCL they do not.
            (default: :obj:`True`)
        message (str, optional): What masked edges carry, see :class:`~irllrec_pyg.nn.IntentEncoder`; on BIGCF it is
            :obj:`"next"`. (default: :obj:`"embedding"`)
        **kwargs (optional): As for :class:`~irllrec_pyg.models.IRLLRec`, the weights of terms among them.

    Raises:
        ValueError: As :class:`~irllrec_pyg.models.IRLLRec`, or only one side's profiles are given.
    """

    def __init__(
        self,
        backbone: Backbone,
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
        **kwargs: Any,
    ) -> None:
        shared = backbone.user_intent.num_prototypes if isinstance(backbone, DCCF | BIGCF) else None
        if shared and num_intents not in (None, shared):
            raise ValueError(
                f"'num_intents' is {num_intents}, but this form uses the {shared} prototypes of the "
                f"{type(backbone).__name__}; leave it out, or give the backbone as many"
            )
        num_intents = num_intents or shared or 128
        super().__init__(
            backbone, user_intent, item_intent, num_intents=num_intents, graph_encoder=message, scope="all", **kwargs
        )
        self.pairwise_negatives = pairwise_negatives
        if (user_profile is None) != (item_profile is None):
            raise ValueError("'user_profile' and 'item_profile' go together; give both or neither")
        self.profile: ProfileContrast | None = None
        if user_profile is not None and item_profile is not None:
            check_features("profile", user_profile, item_profile, self.num_users, self.num_items)
            self.profile = ProfileContrast(
                user_profile, item_profile, backbone.embedding_dim, profile_weight, profile_temperature
            )

    @classmethod
    def features_read(cls, **kwargs: Any) -> tuple[str, ...]:
        """``intent`` and ``profile``."""
        return ("intent", "profile")

    @classmethod
    def from_data(cls, backbone: Backbone, data: HeteroData, **kwargs: Any) -> PublishedIRLLRec:
        """Takes ``intent`` features from the data, and ``profile`` features where it has them."""
        profiles = get_features(data, "profile") if "profile" in data["user"] else ()
        return cls(backbone, *get_features(data, "intent"), *profiles, **kwargs)

    def make_interaction_tower(self, graph_encoder: str, num_intents: int) -> nn.Module | None:
        """As in the base class, but with the prototypes of the backbone where it has some."""
        if isinstance(self.backbone, DCCF | BIGCF):
            shared = self.backbone.user_intent, self.backbone.item_intent
            return IntentEncoder(self.embedding_dim, message=graph_encoder, attention=shared)
        return super().make_interaction_tower(graph_encoder, num_intents)

    def make_teacher(self, momentum: float) -> nn.ModuleDict:
        if not isinstance(self.text_tower, TextProjector):
            raise ValueError("'text_encoder' must be 'mlp' in the published form, whose teacher copies it")
        lin1 = self.text_tower.lin1
        own = TextProjector(lin1.in_features, self.embedding_dim, lin1.out_features)
        return nn.ModuleDict({"text_tower": MomentumCopy(own, momentum)})

    def own_l2(self) -> Tensor:
        """Counts the teacher's constant weights too: they shift the reported value, not the gradient."""
        own = [parameter for name, parameter in self.named_parameters() if not name.startswith("backbone.")]
        return self.l2_weight * l2_loss(own)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """The terms of :class:`~irllrec_pyg.models.IRLLRec`, and ``profile``."""
        terms = super().loss(encoding, batch)
        if self.profile is not None and self.profile.weight:
            terms["profile"] = self.profile(encoding, batch)
        return terms

    def pairwise_term(self, views: IntentViews, batch: Batch) -> Tensor:
        """Users against all users, positives and negatives against their batch."""
        return published_contrast(self.pairwise, views, batch, self.pairwise_negatives)

    def translation_and_matching(self, encoding: IntentEncoding, views: IntentViews) -> dict[str, Tensor]:
        """Terms over all nodes that have texts, whatever the batch."""
        text, final = torch.cat(views.text), torch.cat(select_rows((encoding.user, encoding.item), views.rows))
        z, e = (F.normalize(perturb(view, self.translation.noise), dim=-1) for view in (text, final))
        tran = tiled_cross_entropy(z, e, torch.arange(z.size(0), device=z.device))
        terms = {"translation": self.weights["translation"] * tran}
        if self.weights["matching"]:
            if self.training:
                cast(MomentumCopy, self.teacher["text_tower"]).update_parameters(self.text_tower)
            # A side at a time: the features joined would be a copy of all texts in every step.
            features = select_rows((self.user_intent, self.item_intent), views.rows)
            teacher = torch.cat([self.teacher_of("text_tower")(x) for x in features])
            distance = soft_cross_entropy(text, teacher)
            mixed = self.matching_alpha * terms["translation"] + (1.0 - self.matching_alpha) * distance
            terms["matching"] = self.weights["matching"] * mixed
        return terms

    def after_step(self) -> None:
        """Only calls the backbone's: the teacher has moved within the step, before it was used."""
        self.backbone.after_step()
