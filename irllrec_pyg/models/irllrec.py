"""IRLLRec: text intents and interaction intents, aligned and matched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from ..datasets import check_features, features_of, has_text
from ..graph import JointGraph
from ..losses import InteractionTextMatching, PairwiseAlignment, TranslationAlignment
from ..nn import IntentEncoder, MomentumCopy, PrincipalAxes, TextProjector
from ..nn.intent_encoder import CARRIED
from .base import Backbone, Enhancer
from .encoding import Batch, Encoding
from .text_ranking import TextRanking
from .views import Sides, TextRows, Views, contrast, distinct

GRAPH_ENCODERS = (*CARRIED, "none")
TEXT_ENCODERS = ("mlp", "none")
SCOPES = ("batch", "side", "all")
ALIGNED = ("pairwise", "translation", "matching")  # the terms that compare both kinds of intents


@dataclass
class IntentEncoding(Encoding):
    """An encoding with intents beside it.

    Args:
        base: The backbone's own encoding, which its loss may need more of.
        intent: Interaction intents of all nodes, ``[M + N, d]``; none in training where no term reads them.
        teacher_intent: Those of the momentum teacher; only in training.
        text: Text intents of all nodes, ``[M + N, d]``, where texts rank too.
        told: What ranks of them, of users and of items.
    """

    base: Encoding
    intent: Tensor | None
    teacher_intent: Tensor | None = None
    text: Tensor | None = None
    told: tuple[Tensor, Tensor] | None = None


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
    backbone, teach the matching. A weight of zero removes its term, and all that only that term needs.
    Nodes without text, whose features are zero, take no part in these terms.
    :class:`~irllrec_pyg.models.PublishedIRLLRec` is the form of the authors' code.

    Args:
        backbone (Backbone): What is enhanced.
        user_intent (Tensor): Intent features of users, ``[M, d_t]``.
        item_intent (Tensor): Intent features of items, ``[N, d_t]``.
        num_intents (int, optional): Prototypes :math:`K` a side. (default: :obj:`128`)
        pairwise_weight (float, optional): :math:`\lambda_1`. (default: :obj:`0.02`)
        pairwise_temperature (float, optional): :math:`\tau`. (default: :obj:`0.2`)
        translation_weight (float, optional): :math:`\lambda_2`. (default: :obj:`1e-3`)
        matching_weight (float, optional): :math:`\lambda_3`. (default: :obj:`1e-3`)
        matching_alpha (float, optional): :math:`\alpha`. (default: :obj:`0.4`)
        momentum (float, optional): :math:`\beta` of the teachers. (default: :obj:`0.999`)
        noise (float, optional): Standard deviation of the translation's noise. (default: :obj:`1.0`)
        scale (float, optional): :math:`\eta` of translation and matching. (default: :obj:`1.0`)
        cosine (bool, optional): Whether translation and matching compare cosines, rather than inner products.
            (default: :obj:`False`)
        graph_encoder (str, optional): Where interaction intents come from: masks that carry the :obj:`"intent"`, or
            the :obj:`"embedding"`, see :class:`~irllrec_pyg.nn.IntentEncoder`; or :obj:`"none"`, where the backbone's
            final embeddings stand for them (the ablation "w/o Graph" of Section 4.3). (default: :obj:`"intent"`)
        text_encoder (str, optional): What brings texts to width :math:`d`: the :obj:`"mlp"`, or :obj:`"none"`, which
            aligns their principal axes directly (:class:`~irllrec_pyg.nn.PrincipalAxes`; the ablation "w/o Text").
            (default: :obj:`"mlp"`)
        residual (bool, optional): Whether the backbone's final embeddings are added to the interaction intents, so that
            a node's text reaches its own embedding, not only its neighbours'. Not in the paper.
            (default: :obj:`False`)
        scope (str, optional): Over which nodes translation and matching contrast: :obj:`"batch"`, the distinct users
            of the step among themselves, and its distinct items; :obj:`"side"`, all users among themselves, and all
            items; :obj:`"all"`, all nodes together, at a cost that grows with :math:`(M + N)^2 d` a step.
            (default: :obj:`"batch"`)
        hidden_channels (int, optional): Of the text tower. (default: see :class:`~irllrec_pyg.nn.TextProjector`)
        ranking_weight (float, optional): Of the loss by which text intents learn to rank themselves, see
            :class:`~irllrec_pyg.models.TextRanking`; 0 leaves ranking to the embeddings, as the paper does. All texts
            are projected in every step then. (default: :obj:`0.0`)
        ranking_temperature (float, optional): :math:`\tau` of that loss. (default: :obj:`0.15`)
        ranking_share (float, optional): :math:`\gamma`, how much texts count in the scores. (default: :obj:`4.0`)

    Raises:
        ValueError: Features do not fit the backbone or hold NaN, or an argument is out of its range.
    """

    user_intent: Tensor
    item_intent: Tensor
    interaction_tower: IntentEncoder | None

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
        residual: bool = False,
        scope: str = "batch",
        hidden_channels: int | None = None,
        ranking_weight: float = 0.0,
        ranking_temperature: float = 0.15,
        ranking_share: float = 4.0,
    ) -> None:
        super().__init__(backbone)
        weights = {"pairwise": pairwise_weight, "translation": translation_weight, "matching": matching_weight}
        weights["ranking"] = ranking_weight
        for name, weight in weights.items():
            if weight < 0.0:
                raise ValueError(f"'{name}_weight' must not be negative (got {weight}); use 0 to leave the term out")
        if not 0.0 <= matching_alpha <= 1.0:
            raise ValueError(f"'matching_alpha' must lie in [0, 1] (got {matching_alpha}); the paper uses 0.4")
        if num_intents < 1:
            raise ValueError(f"'num_intents' must be at least 1 (got {num_intents}); the paper uses 128")
        if graph_encoder not in GRAPH_ENCODERS:
            raise ValueError(f"'graph_encoder' must be one of {GRAPH_ENCODERS} (got {graph_encoder!r})")
        if text_encoder not in TEXT_ENCODERS:
            raise ValueError(f"'text_encoder' must be one of {TEXT_ENCODERS} (got {text_encoder!r})")
        if scope not in SCOPES:
            raise ValueError(f"'scope' must be one of {SCOPES} (got {scope!r})")
        check_features("intent", user_intent, item_intent, self.num_users, self.num_items)
        self.register_buffer("user_intent", user_intent, persistent=False)
        self.register_buffer("item_intent", item_intent, persistent=False)
        self.rows = TextRows(user_intent, item_intent)
        self.weights, self.matching_alpha = weights, matching_alpha
        self.scope, self.residual = scope, residual
        self.interaction_tower = None
        if graph_encoder != "none":
            self.interaction_tower = IntentEncoder(backbone.embedding_dim, num_intents, carry=graph_encoder)
        self.text_tower: nn.Module
        if text_encoder == "mlp":
            self.text_tower = TextProjector(user_intent.size(1), backbone.embedding_dim, hidden_channels)
        else:
            told = torch.cat([user_intent[has_text(user_intent)], item_intent[has_text(item_intent)]])
            self.text_tower = PrincipalAxes(told, backbone.embedding_dim)
        self.pairwise = PairwiseAlignment(pairwise_temperature)
        self.translation = TranslationAlignment(scale, noise, cosine)
        self.matching = InteractionTextMatching(scale, cosine)
        self.ranking = TextRanking(ranking_weight, ranking_temperature, ranking_share) if ranking_weight else None
        self.teacher = self._make_teacher(momentum) if matching_weight else nn.ModuleDict()

    @classmethod
    def from_data(cls, backbone: Backbone, data: HeteroData, **kwargs: Any) -> IRLLRec:
        """Takes the features from ``data["user"].intent`` and ``data["item"].intent``.

        Raises:
            ValueError: The data has no intent features.
        """
        return cls(backbone, *features_of(data, "intent"), **kwargs)

    def _make_teacher(self, momentum: float) -> nn.ModuleDict:
        """Momentum copies, keyed by the name of the attribute that each follows."""
        towers = {"backbone": self.backbone, "interaction_tower": self.interaction_tower, "text_tower": self.text_tower}
        learned = {name: tower for name, tower in towers.items() if tower is not None and [*tower.parameters()]}
        return nn.ModuleDict({name: MomentumCopy(tower, momentum) for name, tower in learned.items()})

    def _taught(self, name: str) -> nn.Module:
        """A teacher's copy of a tower; the tower itself where nothing in it is learned."""
        return self.teacher[name] if name in self.teacher else cast(nn.Module, getattr(self, name))

    def encode(self, graph: JointGraph) -> IntentEncoding:
        """Encodes all users and items, and their interaction intents."""
        base = self.backbone.encode(graph)
        intent, teacher_intent = None, None
        if self._aligns or not self.training:
            intent = self._intents(base, graph, self.interaction_tower)
        if self.training and "backbone" in self.teacher:
            with torch.no_grad():
                taught = cast(Backbone, self._taught("backbone").module).encode(graph)
                tower = self._taught("interaction_tower") if self.interaction_tower is not None else None
                teacher_intent = self._intents(taught, graph, tower)
        made = IntentEncoding(base.user, base.item, base.layers, base, intent, teacher_intent)
        if self.ranking is not None:
            made.text = self._texts()
            made.told = self._sides(self.ranking(made.text, graph))
            if not self.training:
                made.user, made.item = self.ranking.join(base, made.told)
        return made

    @property
    def _aligns(self) -> bool:
        """Whether any term reads interaction intents."""
        return any(self.weights[name] for name in ALIGNED)

    def _sides(self, joint: Tensor) -> Sides:
        user, item = joint.split([self.num_users, self.num_items])
        return user, item

    def _texts(self) -> Tensor:
        """Text intents of all nodes, zeros where there is no text, which is not projected either."""
        sides, rows = (self.user_intent, self.item_intent), self.rows()
        made = [self.text_tower(x) for x in Views.select(sides, rows)]
        if rows is not None:
            made = [
                told.new_zeros(x.size(0), told.size(1)).index_copy(0, ids, told)
                for x, ids, told in zip(sides, rows, made, strict=True)
            ]
        return torch.cat(made)

    def _intents(self, encoding: Encoding, graph: JointGraph, tower: nn.Module | None) -> Tensor:
        final = torch.cat([encoding.user, encoding.item])
        if tower is None:
            return final
        intents: Tensor = tower(encoding.layers, graph.edge_index, self.num_users)
        return final + intents if self.residual else intents

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """The backbone's terms, ``pairwise``, ``translation`` and ``matching``; ``l2`` covers the towers too."""
        assert isinstance(encoding, IntentEncoding), "'encoding' must come from IRLLRec.encode"
        terms = self.backbone.loss(encoding.base, batch)
        terms["l2"] = terms["l2"] + self.own_l2()
        if self.ranking is not None and encoding.told is not None:
            terms["ranking"] = self.ranking.loss(encoding.told, batch)
        if self._aligns and encoding.intent is not None:
            rows = distinct(batch, self.rows()) if self.scope == "batch" else self.rows()
            views = self._views(encoding.intent, encoding.text, rows)
            if self.weights["pairwise"]:
                terms["pairwise"] = self.weights["pairwise"] * self.pairwise_term(views, batch)
            if self.weights["translation"] or self.weights["matching"]:
                terms |= self.translation_and_matching(encoding, views)
        return terms

    def _views(self, intent: Tensor, text: Tensor | None, rows: Sides | None) -> Views:
        """Interaction intents and text intents of some nodes; only these are projected, unless all are already."""
        if text is None:
            return Views.of(intent, (self.user_intent, self.item_intent), self.text_tower, rows)
        return Views(rows, *(Views.select(self._sides(joint), rows) for joint in (intent, text)))

    def pairwise_term(self, views: Views, batch: Batch) -> Tensor:
        """Users, positives and negatives, each against its batch (Eq. 13)."""
        return contrast(self.pairwise, views, batch)

    def translation_and_matching(self, encoding: IntentEncoding, views: Views) -> dict[str, Tensor]:
        """Terms of Eq. 15 and 17 over the nodes of the scope, users and items apart unless it is all."""
        students = self._groups(views.node, views.text)
        translation = [self.translation(*student) for student in students]
        terms = {}
        if self.weights["translation"]:
            terms["translation"] = self.weights["translation"] * torch.stack(translation).sum()
        if encoding.teacher_intent is not None:
            features = self.user_intent, self.item_intent
            with torch.no_grad():
                taught = Views.of(encoding.teacher_intent, features, self._taught("text_tower"), views.rows)
            mixed = [
                (1.0 - self.matching_alpha) * tran + self.matching_alpha * self.matching(*student, *teacher)
                for tran, student, teacher in zip(
                    translation, students, self._groups(taught.node, taught.text), strict=True
                )
            ]
            terms["matching"] = self.weights["matching"] * torch.stack(mixed).sum()
        return terms

    def _groups(self, node: Sides, text: Sides) -> list[tuple[Tensor, Tensor]]:
        """Paired rows that are contrasted together."""
        if self.scope == "all":
            return [(torch.cat(node), torch.cat(text))]
        return list(zip(node, text, strict=True))

    def after_step(self) -> None:
        """Moves the teachers towards the students (Eq. 18)."""
        for name, copy in self.teacher.items():
            cast(MomentumCopy, copy).update_parameters(getattr(self, name))
