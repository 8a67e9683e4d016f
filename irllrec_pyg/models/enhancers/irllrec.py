"""IRLLRec: text intents and interaction intents, aligned and matched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from ...data import JointGraph, check_features, get_features, text_mask
from ...losses import InteractionTextMatching, PairwiseAlignment, TranslationAlignment
from ...nn import MESSAGES, IntentEncoder, MomentumCopy, PrincipalAxes, TextProjector
from ..base import Backbone, Enhancer
from ..encoding import Batch, Encoding
from ..registry import ENHANCERS
from .intent_views import IntentViews, Sides, TextRows, batch_nodes, contrast, project_views

GRAPH_ENCODERS = (*MESSAGES, "none")
TEXT_ENCODERS = ("mlp", "none")
SCOPES = ("batch", "side", "all")


@dataclass
class IntentEncoding(Encoding):
    """An encoding with intents beside it.

    Args:
        base: The backbone's own encoding, which its loss may need more of.
        intent: Interaction intents of all nodes, ``[M + N, d]``; :obj:`None` where no term reads them.
        teacher_intent: Interaction intents of the momentum teacher; in training only.
    """

    base: Encoding
    intent: Tensor | None
    teacher_intent: Tensor | None = None


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

    The text tower projects what a language model wrote (:class:`~irllrec_pyg.nn.TextProjector`), the interaction tower
    finds latent intents in the graph (:class:`~irllrec_pyg.nn.IntentEncoder`); momentum copies of both, and of the
    backbone, teach the matching. A term of weight zero is neither built nor computed. Nodes without text, whose features
    are zero, take no part in these terms.

    Choose :class:`~irllrec_pyg.models.PublishedIRLLRec` to reproduce the authors' code, and add
    :class:`~irllrec_pyg.models.TextRanking` to let texts rank as well.

    Args:
        backbone (Backbone): The backbone to enhance.
        user_intent (Tensor): Intent features of users, ``[M, d_t]``.
        item_intent (Tensor): Intent features of items, ``[N, d_t]``.
        num_intents (int, optional): Prototypes :math:`K` per side. (default: :obj:`128`)
        pairwise_weight (float, optional): :math:`\lambda_1`. (default: :obj:`0.02`)
        pairwise_temperature (float, optional): :math:`\tau`. (default: :obj:`0.2`)
        translation_weight (float, optional): :math:`\lambda_2`. (default: :obj:`1e-3`)
        matching_weight (float, optional): :math:`\lambda_3`. (default: :obj:`1e-3`)
        matching_alpha (float, optional): :math:`\alpha`. (default: :obj:`0.4`)
        momentum (float, optional): Decay :math:`\beta` of the teachers. (default: :obj:`0.999`)
        noise (float, optional): Standard deviation of the translation's noise. (default: :obj:`1.0`)
        scale (float, optional): :math:`\eta` of translation and matching. (default: :obj:`1.0`)
        cosine (bool, optional): Whether translation and matching compare cosines, rather than inner products.
            (default: :obj:`False`)
        graph_encoder (str, optional): Source of the interaction intents: masked edges that carry the :obj:`"intent"`,
            the :obj:`"embedding"` or the :obj:`"next"` layer's embedding, see :class:`~irllrec_pyg.nn.IntentEncoder`;
            or :obj:`"none"`, where the backbone's final embeddings take their place (the ablation "w/o Graph" of
            Section 4.3). (default: :obj:`"intent"`)
        text_encoder (str, optional): Source of the text intents: the :obj:`"mlp"`; or :obj:`"none"`, which aligns the
            principal axes of the features directly (:class:`~irllrec_pyg.nn.PrincipalAxes`; the ablation "w/o Text").
            (default: :obj:`"mlp"`)
        scope (str, optional): Nodes that translation and matching contrast: :obj:`"batch"`, the distinct users of the
            step within themselves, and its distinct items; :obj:`"side"`, all users within themselves, and all items;
            :obj:`"all"`, all nodes together, at a cost that grows with :math:`(M + N)^2 d` per step.
            (default: :obj:`"batch"`)
        hidden_channels (int, optional): Hidden width of the text tower. (default: see
            :class:`~irllrec_pyg.nn.TextProjector`)

    Raises:
        ValueError: Features do not fit the backbone or hold NaN, or an argument is out of its range.

    Examples:
        >>> from irllrec_pyg.data import JointGraph
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
        backbone: Backbone,
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
    ) -> None:
        super().__init__(backbone)
        weights = {"pairwise": pairwise_weight, "translation": translation_weight, "matching": matching_weight}
        for name, weight in weights.items():
            if weight < 0.0:
                raise ValueError(f"'{name}_weight' must not be negative (got {weight}); use 0 to leave the term out")
        if not 0.0 <= matching_alpha <= 1.0:
            raise ValueError(f"'matching_alpha' must lie in [0, 1] (got {matching_alpha}); the paper uses 0.4")
        if num_intents < 1:
            raise ValueError(f"'num_intents' must be at least 1 (got {num_intents}); the paper uses 128")
        choices = {"graph_encoder": (graph_encoder, GRAPH_ENCODERS), "text_encoder": (text_encoder, TEXT_ENCODERS)}
        for name, (value, known) in {**choices, "scope": (scope, SCOPES)}.items():
            if value not in known:
                raise ValueError(f"'{name}' must be one of {known} (got {value!r})")
        check_features("intent", user_intent, item_intent, self.num_users, self.num_items)
        self.weights, self.matching_alpha, self.scope = weights, matching_alpha, scope
        self.aligned = any(weights.values())
        self.pairwise = PairwiseAlignment(pairwise_temperature)
        self.translation = TranslationAlignment(scale, noise, cosine)
        self.matching = InteractionTextMatching(scale, cosine)
        self.interaction_tower: nn.Module | None = None
        self.text_tower: nn.Module | None = None
        self.teacher = nn.ModuleDict()
        if not self.aligned:
            return
        self.register_buffer("user_intent", user_intent, persistent=False)
        self.register_buffer("item_intent", item_intent, persistent=False)
        self.rows = TextRows(user_intent, item_intent)
        self.interaction_tower = self.make_interaction_tower(graph_encoder, num_intents)
        if text_encoder == "mlp":
            self.text_tower = TextProjector(user_intent.size(1), backbone.embedding_dim, hidden_channels)
        else:
            texts = torch.cat([side[text_mask(side)] for side in (user_intent, item_intent)])
            self.text_tower = PrincipalAxes(texts, backbone.embedding_dim)
        if matching_weight:
            self.teacher = self.make_teacher(momentum)

    @classmethod
    def features_read(cls, **kwargs: Any) -> tuple[str, ...]:
        """``intent``."""
        return ("intent",)

    @classmethod
    def from_data(cls, backbone: Backbone, data: HeteroData, **kwargs: Any) -> IRLLRec:
        """Takes the features from ``data["user"].intent`` and ``data["item"].intent``.

        Raises:
            ValueError: The data has no intent features.
        """
        return cls(backbone, *get_features(data, "intent"), **kwargs)

    def make_interaction_tower(self, graph_encoder: str, num_intents: int) -> nn.Module | None:
        """The module that finds interaction intents; :obj:`None` where final embeddings take their place."""
        if graph_encoder == "none":
            return None
        return IntentEncoder(self.embedding_dim, num_intents, message=graph_encoder)

    def make_teacher(self, momentum: float) -> nn.ModuleDict:
        """Momentum copies, by the name of the attribute that each follows."""
        towers = {"backbone": self.backbone, "interaction_tower": self.interaction_tower, "text_tower": self.text_tower}
        learned = {name: tower for name, tower in towers.items() if tower is not None and [*tower.parameters()]}
        return nn.ModuleDict({name: MomentumCopy(tower, momentum) for name, tower in learned.items()})

    def teacher_of(self, name: str) -> nn.Module:
        """The momentum copy of a tower; the tower itself where nothing in it is learned."""
        return self.teacher[name] if name in self.teacher else cast(nn.Module, getattr(self, name))

    def encode(self, graph: JointGraph) -> IntentEncoding:
        """Encodes all users and items, and their interaction intents."""
        base = self.backbone.encode(graph)
        intent, teacher_intent = None, None
        if self.aligned:
            intent = self._intents(base, graph, self.interaction_tower)
        if self.training and "backbone" in self.teacher:
            with torch.no_grad():
                teacher_base = cast(Backbone, cast(MomentumCopy, self.teacher_of("backbone")).module).encode(graph)
                tower = self.teacher_of("interaction_tower") if self.interaction_tower is not None else None
                teacher_intent = self._intents(teacher_base, graph, tower)
        return IntentEncoding(base.user, base.item, base.layers, base, intent, teacher_intent)

    def _intents(self, encoding: Encoding, graph: JointGraph, tower: nn.Module | None) -> Tensor:
        if tower is None:
            return torch.cat([encoding.user, encoding.item])
        intents: Tensor = tower(encoding.layers, graph.edge_index, self.num_users)
        return intents

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """The backbone's terms, ``pairwise``, ``translation`` and ``matching``; ``l2`` covers the towers too."""
        assert isinstance(encoding, IntentEncoding), "'encoding' must come from IRLLRec.encode"
        terms = self.backbone.loss(encoding.base, batch)
        terms["l2"] = terms["l2"] + self.own_l2()
        if encoding.intent is None or self.text_tower is None:
            return terms
        rows = batch_nodes(batch, self.rows()) if self.scope == "batch" else self.rows()
        views = project_views(encoding.intent, (self.user_intent, self.item_intent), self.text_tower, rows)
        if self.weights["pairwise"]:
            terms["pairwise"] = self.weights["pairwise"] * self.pairwise_term(views, batch)
        if self.weights["translation"] or self.weights["matching"]:
            terms |= self.translation_and_matching(encoding, views)
        return terms

    def pairwise_term(self, views: IntentViews, batch: Batch) -> Tensor:
        """Users, positives and negatives, each against its batch (Eq. 13)."""
        return contrast(self.pairwise, views, batch)

    def translation_and_matching(self, encoding: IntentEncoding, views: IntentViews) -> dict[str, Tensor]:
        """Terms of Eq. 15 and 17 over the nodes of the scope, users and items apart unless it is all."""
        students = self._groups(views.node, views.text)
        translation = [self.translation(*student) for student in students]
        terms = {}
        if self.weights["translation"]:
            terms["translation"] = self.weights["translation"] * torch.stack(translation).sum()
        if encoding.teacher_intent is not None:
            features = self.user_intent, self.item_intent
            with torch.no_grad():
                targets = project_views(encoding.teacher_intent, features, self.teacher_of("text_tower"), views.rows)
            mixed = [
                (1.0 - self.matching_alpha) * tran + self.matching_alpha * self.matching(*student, *teacher)
                for tran, student, teacher in zip(
                    translation, students, self._groups(targets.node, targets.text), strict=True
                )
            ]
            terms["matching"] = self.weights["matching"] * torch.stack(mixed).sum()
        return terms

    def _groups(self, node: Sides, text: Sides) -> list[tuple[Tensor, Tensor]]:
        """Pairs of matrices whose rows are contrasted together."""
        if self.scope == "all":
            return [(torch.cat(node), torch.cat(text))]
        return list(zip(node, text, strict=True))

    def after_step(self) -> None:
        """Moves the teachers towards the students (Eq. 18)."""
        super().after_step()
        for name, copy in self.teacher.items():
            cast(MomentumCopy, copy).update_parameters(getattr(self, name))
