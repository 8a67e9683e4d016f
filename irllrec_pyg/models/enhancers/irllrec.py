"""IRLLRec: text intents and interaction intents, aligned and matched."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from ..._checks import check_at_least, check_choice, check_non_negative
from ...data import JointGraph, check_features, reduce_features, text_mask
from ...losses import InteractionTextMatching, PairwiseAlignment, TranslationAlignment
from ...nn import MESSAGES, IntentEncoder, PrincipalAxes, StepInterval, TextProjector
from ...ranking import Ranker
from ..base import Recommender
from ..encoding import Batch, Encoding
from ..enhancer import Enhancer
from ..node_features import register_features
from ..registry import ENHANCERS
from .intent_encoding import IntentEncoding, Intents
from .intent_views import IntentViews, Sides, TextRows, batch_nodes, contrast, draw_nodes, project_views
from .teachers import Teachers

GRAPH_ENCODERS, TEXT_ENCODERS, SCOPES = (*MESSAGES, "none"), ("mlp", "none"), ("batch", "side", "all")


@ENHANCERS.register("irllrec")
class IRLLRec(Enhancer):
    r"""The framework of `"Intent Representation Learning with Large Language Model for Recommendation"
    <https://arxiv.org/abs/2502.03307>`_ around any backbone, in the form that the paper describes,

    .. math::
        \mathcal{L} = \mathcal{L}_{\text{backbone}}
        + \lambda_1 \left( \mathcal{L}_{\text{pair}}^{\text{user}} + \mathcal{L}_{\text{pair}}^{\text{pos}}
        + \mathcal{L}_{\text{pair}}^{\text{neg}} \right) + \lambda_2 \mathcal{L}_{\text{tran}}
        + \lambda_3 \left( (1 - \alpha) \mathcal{L}_{\text{tran}} + \alpha \mathcal{L}_{\text{KL}} \right)
        + \lVert \Theta \rVert_2^2 .

    The text tower projects the texts that a language model wrote (:class:`~irllrec_pyg.nn.TextProjector`). The
    interaction tower finds latent intents in the graph (:class:`~irllrec_pyg.nn.IntentEncoder`). Momentum copies of
    both towers and of the backbone are the teachers of the matching term. A term of weight zero is neither built nor
    computed: with all three weights at zero the model is the backbone. Nodes without text, whose features are zero,
    take no part in these terms. Ranking is that of the backbone.

    Choose :class:`~irllrec_pyg.models.PublishedIRLLRec` to reproduce the authors' code, and add
    :class:`~irllrec_pyg.models.TextRanking` to let texts rank as well.

    Args:
        backbone (Recommender): The model to enhance, usually a backbone.
        user_intent (Tensor): Intent features of users, ``[M, d_t]``.
        item_intent (Tensor): Intent features of items, ``[N, d_t]``.
        num_intents (int, optional): Prototypes :math:`K` per side. (default: :obj:`128`)
        pairwise_weight (float, optional): Weight :math:`\lambda_1` of the pairwise alignment. (default: :obj:`0.02`)
        pairwise_temperature (float, optional): Temperature of the pairwise alignment. (default: :obj:`0.2`)
        translation_weight (float, optional): Weight :math:`\lambda_2` of the translation. (default: :obj:`1e-3`)
        matching_weight (float, optional): Weight :math:`\lambda_3` of the matching. (default: :obj:`1e-3`)
        matching_alpha (float, optional): Share :math:`\alpha` of the divergence in the matching. (default: :obj:`0.4`)
        momentum (float, optional): Decay :math:`\beta` of the teachers. (default: :obj:`0.999`)
        noise (float, optional): Standard deviation of the translation's noise. (default: :obj:`1.0`)
        scale (float, optional): Factor :math:`\eta` of their similarities. (default: :obj:`1.0`)
        cosine (bool, optional): Whether translation and matching compare cosines, rather than inner products.
            (default: :obj:`False`)
        graph_encoder (str, optional): Source of the interaction intents: masked edges that carry the :obj:`"intent"`,
            the :obj:`"embedding"` or the :obj:`"next"` layer's embedding, see :class:`~irllrec_pyg.nn.IntentEncoder`;
            or :obj:`"none"`, which uses the final embeddings instead (the ablation "w/o Graph" of Section 4.3).
            (default: :obj:`"intent"`)
        text_encoder (str, optional): Source of the text intents: the :obj:`"mlp"`; or :obj:`"none"`, which aligns the
            principal axes of the features directly (:class:`~irllrec_pyg.nn.PrincipalAxes`; the ablation "w/o Text").
            (default: :obj:`"mlp"`)
        scope (str, optional): Nodes that translation and matching contrast: :obj:`"batch"`, the users of the step with
            each other, and its items with each other; :obj:`"side"`, all users with each other, and all items;
            :obj:`"all"`, all nodes with each other, at a cost of :math:`(M + N)^2 d` per step.
            (default: :obj:`"batch"`)
        hidden_channels (int, optional): Hidden width of :class:`~irllrec_pyg.nn.TextProjector`. (default: see there)
        feature_dim (int, optional): Width to which the text tower's features are reduced once, if they are wider
            (:func:`~irllrec_pyg.data.reduce_features`); :obj:`None` to keep them as they are. (default: :obj:`256`)
        contrast_size (int, optional): Largest number of users, and of items, that a training step draws from its batch
            to contrast them; :obj:`None` for all of them. It is not used in other scopes. (default: :obj:`512`)
        every (int, optional): The terms of the intents are computed in every so many training steps, with their weights
            multiplied by this number (:class:`~irllrec_pyg.nn.StepInterval`). (default: :obj:`4`)

    Attributes:
        feature_share: Share of the sum of squares of the features that the reduction keeps.

    Raises:
        ValueError: Features do not fit the model or hold NaN, or an argument is out of its range.

    Examples:
        >>> from irllrec_pyg.models import LightGCN
        >>> from irllrec_pyg.testing import tiny_batch, tiny_data
        >>> data = tiny_data()
        >>> model = IRLLRec.from_data(LightGCN(24, 20), data, num_intents=4)
        >>> sorted(model(JointGraph.from_data(data), tiny_batch(data)))
        ['bpr', 'l2', 'matching', 'pairwise', 'translation']
    """

    user_intent: Tensor
    item_intent: Tensor

    def __init__(
        self,
        backbone: Recommender,
        user_intent: Tensor,
        item_intent: Tensor,
        *,
        num_intents: int = 128,
        pairwise_weight: float = 0.02,
        pairwise_temperature: float = 0.2,
        translation_weight: float = 1e-3,
        matching_weight: float = 1e-3,
        matching_alpha: float = 0.4,
        momentum: float = 0.999,
        noise: float = 1.0,
        scale: float = 1.0,
        cosine: bool = False,
        graph_encoder: str = "intent",
        text_encoder: str = "mlp",
        scope: str = "batch",
        hidden_channels: int | None = None,
        feature_dim: int | None = 256,
        contrast_size: int | None = 512,
        every: int = 4,
    ) -> None:
        super().__init__(backbone)
        weights = {"pairwise": pairwise_weight, "translation": translation_weight, "matching": matching_weight}
        for name, weight in weights.items():
            check_non_negative(f"{name}_weight", weight, "use 0 to leave the term out")
        if not 0.0 <= matching_alpha <= 1.0:
            raise ValueError(f"'matching_alpha' must lie in [0, 1] (got {matching_alpha}); the paper uses 0.4")
        check_at_least("num_intents", num_intents, 1, "the paper uses 128")
        check_choice("graph_encoder", graph_encoder, GRAPH_ENCODERS)
        check_choice("text_encoder", text_encoder, TEXT_ENCODERS)
        check_choice("scope", scope, SCOPES)
        for name, size in {"feature_dim": feature_dim, "contrast_size": contrast_size}.items():
            check_at_least(name, 1 if size is None else size, 1, "use None for no limit")
        check_features("intent", user_intent, item_intent, self.num_users, self.num_items)
        self.weights, self.matching_alpha, self.scope = weights, matching_alpha, scope
        self.contrast_size, self.feature_share = contrast_size, 1.0
        self.aligned, self.teacher = any(weights.values()), Teachers()
        self.interval = StepInterval(every if self.aligned else min(every, 1))
        self.pairwise = PairwiseAlignment(pairwise_temperature)
        self.translation = TranslationAlignment(scale, noise, cosine)
        self.matching = InteractionTextMatching(scale, cosine)
        self.interaction_tower: nn.Module | None = None
        self.text_tower: nn.Module | None = None
        if not self.aligned:
            return
        self.rows = TextRows(user_intent, item_intent)
        given = item_intent
        if feature_dim is not None and text_encoder == "mlp":
            user_intent, item_intent, _, self.feature_share = reduce_features(user_intent, item_intent, feature_dim)
        register_features(self, given, user_intent=user_intent, item_intent=item_intent)
        self.interaction_tower = self.make_interaction_tower(graph_encoder, num_intents)
        if text_encoder == "mlp":
            self.text_tower = TextProjector(user_intent.size(1), backbone.embedding_dim, hidden_channels)
        else:
            texts = torch.cat([side[text_mask(side)] for side in (user_intent, item_intent)])
            self.text_tower = PrincipalAxes(texts, backbone.embedding_dim)
        if matching_weight:
            self.teacher = self.make_teacher(momentum)

    def reset_parameters(self) -> None:
        """Draws all parameters anew, those of the backbone included; the teachers start as copies again."""
        super().reset_parameters()
        self.teacher.restart(self.students())

    def make_interaction_tower(self, graph_encoder: str, num_intents: int) -> nn.Module | None:
        """The module that finds interaction intents, or :obj:`None` if final embeddings are used instead."""
        none = graph_encoder == "none"
        return None if none else IntentEncoder(self.embedding_dim, num_intents, message=graph_encoder)

    def make_teacher(self, momentum: float) -> Teachers:
        """The momentum teachers of the matching term."""
        return Teachers(self.students(), momentum)

    def students(self) -> dict[str, nn.Module]:
        """The modules that have teachers, by the names of their attributes."""
        names = ("backbone", "interaction_tower", "text_tower")
        return {name: module for name in names if (module := getattr(self, name)) is not None}

    def encode(self, graph: JointGraph) -> IntentEncoding:
        """Encodes all users and items, with their interaction intents if the step reads them."""
        base = self.backbone.encode(graph)
        if not self.aligned or (self.training and not self.interval.due()):
            return IntentEncoding(base.user, base.item, base.layers, base, None)
        intents, teacher_intents = Intents.from_encoding(base, graph, self.interaction_tower), None
        if self.training and "backbone" in self.teacher:
            with torch.no_grad():
                teachers = self.teacher.lookup(self.students())
                teacher_base = cast(Recommender, teachers["backbone"]).encode(graph)
            teacher_intents = Intents.from_encoding(teacher_base, graph, teachers.get("interaction_tower"))
        return IntentEncoding(base.user, base.item, base.layers, base, intents, teacher_intents)

    def _views(self, intents: Intents, tower: nn.Module, rows: Sides | None) -> IntentViews:
        return project_views(intents.of(rows), (self.user_intent, self.item_intent), tower, rows)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """Terms of the backbone, and in a step that computes them (see ``every``) ``pairwise``, ``translation``, and in
        training ``matching``; ``l2`` includes all parameters."""
        assert isinstance(encoding, IntentEncoding), "'encoding' must come from IRLLRec.encode"
        terms = self.backbone.loss(encoding.base, batch)
        terms["l2"] = terms["l2"] + self.own_l2()
        if encoding.intents is None or self.text_tower is None:
            return terms
        rows, factor = self.rows(), self.interval.every if self.training else 1
        if self.scope == "batch":
            rows = draw_nodes(batch_nodes(batch, rows), self.contrast_size if self.training else None)
        views = self._views(encoding.intents, self.text_tower, rows)
        if self.weights["pairwise"]:
            terms["pairwise"] = factor * self.weights["pairwise"] * self.pairwise_term(views, batch)
        matched = self.translation_and_matching(encoding, views)
        return terms | {name: factor * value for name, value in matched.items()}

    def ranker(self, graph: JointGraph) -> Ranker:
        """Ranker of the wrapped model."""
        return self.backbone.ranker(graph)

    def pairwise_term(self, views: IntentViews, batch: Batch) -> Tensor:
        """Contrasts of users, positives and negatives, each with those of their batch (Eq. 13)."""
        return contrast(self.pairwise, views, batch)

    def translation_and_matching(self, encoding: IntentEncoding, views: IntentViews) -> dict[str, Tensor]:
        """Terms of Eq. 15 and 17 over the nodes of the scope."""
        terms: dict[str, Tensor] = {}
        if not self.weights["translation"] and encoding.teacher_intents is None:
            return terms
        students = views.groups(joint=self.scope == "all")
        translation = [self.translation(*student) for student in students]
        if self.weights["translation"]:
            terms["translation"] = self.weights["translation"] * torch.stack(translation).sum()
        if encoding.teacher_intents is not None:
            with torch.no_grad():
                teacher = self.teacher.lookup(self.students())["text_tower"]
                targets = self._views(encoding.teacher_intents, teacher, views.rows)
            teachers = targets.groups(joint=self.scope == "all")
            mixed = [
                (1.0 - self.matching_alpha) * distance + self.matching_alpha * self.matching(*student, *target)
                for distance, student, target in zip(translation, students, teachers, strict=True)
            ]
            terms["matching"] = self.weights["matching"] * torch.stack(mixed).sum()
        return terms

    def after_step(self) -> None:
        """Moves the teachers towards their students (Eq. 18)."""
        super().after_step()
        self.teacher.follow(self.students())
        self.interval.advance()
