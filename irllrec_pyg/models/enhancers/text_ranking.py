"""TextRanking: texts that rank together with a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..._checks import check_at_least, check_non_negative
from ...data import JointGraph, check_features, text_mask
from ...losses import SoftmaxLoss
from ...nn import LightConv, TextProjector
from ...ranking import Blend, EmbeddingRanker, PropagatedRanker, Ranker
from ..base import Recommender, evaluation_mode
from ..encoding import Batch, Encoding
from ..enhancer import Enhancer
from ..node_features import register_features
from ..registry import ENHANCERS
from .intent_views import TextRows, select_rows
from .missing_text import MissingText


@dataclass
class TextRankingEncoding(Encoding):
    """An encoding with text embeddings.

    Args:
        base: Encoding of the wrapped model, which its loss reads.
        user_text: Text embeddings of users, of unit length, ``[M, d]``.
        item_text: Text embeddings of items, of unit length, ``[N, d]``.

    Examples:
        >>> base = Encoding(torch.ones(3, 4), torch.ones(2, 4), [])
        >>> TextRankingEncoding(base.user, base.item, base.layers, base, torch.eye(3), torch.eye(3)[:2]).item_text.shape
        torch.Size([2, 3])
    """

    base: Encoding
    user_text: Tensor
    item_text: Tensor


@ENHANCERS.register("text-ranking")
class TextRanking(Enhancer):
    r"""Adds a text ranker to any model. Texts are projected, propagated and trained by a softmax over all items, as in
    `AlphaRec <https://arxiv.org/abs/2407.05441>`_, and their cosines are added to the model's scores,

    .. math::
        \tilde{\mathbf{z}} = \sum_{l=0}^{L} \hat{\mathbf{A}}^l \mathbf{z}, \qquad
        s_{ui} = \mathbf{e}_u^{\top} \mathbf{e}_i
        + \gamma \, \overline{\lVert \mathbf{e}_i \rVert} \cos(\tilde{\mathbf{z}}_u, \tilde{\mathbf{z}}_i) .

    Choose it where texts say much about items; choose :class:`~irllrec_pyg.models.IRLLRec` to align texts with
    embeddings. The loss of the wrapped model does not read the text part of the score. Items without text, whose
    features are zero, have trained embeddings (:class:`~irllrec_pyg.models.enhancers.missing_text.MissingText`). With
    ``train_missing=False`` they are ranked by the texts of their neighbors alone, and then ranked too low where many
    items have no text.

    A second ranker that is trained by a softmax helps a BPR backbone even if its features are meaningless: compare with
    random features (:func:`~irllrec_pyg.data.apply_control`) before you conclude that texts help.

    Args:
        backbone (Recommender): The model to enhance, a backbone or another enhancer.
        user_feature (Tensor): Text features of users, ``[M, d_t]``.
        item_feature (Tensor): Text features of items, ``[N, d_t]``.
        weight (float, optional): Weight of the softmax loss. (default: :obj:`1.0`)
        temperature (float, optional): Temperature :math:`\tau` of the softmax. (default: :obj:`0.15`)
        score_weight (float, optional): Weight :math:`\gamma` of the cosines; with 0 the model ranks alone.
            (default: :obj:`4.0`)
        num_layers (int, optional): Propagation layers :math:`L`. (default: :obj:`2`)
        hidden_channels (int, optional): Hidden width of the projector. (default: see
            :class:`~irllrec_pyg.nn.TextProjector`)
        train_missing (bool, optional): Whether items without text have trained embeddings in place of zeros.
            (default: :obj:`True`)

    Raises:
        ValueError: Features do not fit the model or hold NaN, or an argument is out of its range.

    Examples:
        >>> from irllrec_pyg.models import LightGCN
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> model = TextRanking.from_data(LightGCN(24, 20), data)
        >>> model.ranker(JointGraph.from_data(data)).score(torch.tensor([0])).shape
        torch.Size([1, 20])
    """

    user_feature: Tensor
    item_feature: Tensor

    def __init__(
        self,
        backbone: Recommender,
        user_feature: Tensor,
        item_feature: Tensor,
        *,
        weight: float = 1.0,
        temperature: float = 0.15,
        score_weight: float = 4.0,
        num_layers: int = 2,
        hidden_channels: int | None = None,
        train_missing: bool = True,
    ) -> None:
        super().__init__(backbone)
        check_non_negative("weight", weight)
        check_non_negative("score_weight", score_weight, "use 0 to rank by the model alone")
        check_at_least("num_layers", num_layers, 0)
        check_features("intent", user_feature, item_feature, self.num_users, self.num_items)
        register_features(self, user_feature=user_feature, item_feature=item_feature)
        self.rows = TextRows(user_feature, item_feature)
        self.weight, self.score_weight, self.num_layers = weight, score_weight, num_layers
        self.projector = TextProjector(user_feature.size(1), self.embedding_dim, hidden_channels)
        # Also where all items have a text: those that join later may have none.
        self.missing = MissingText(text_mask(item_feature), self.embedding_dim) if train_missing else None
        self.conv, self.softmax = LightConv(normalize=False), SoftmaxLoss(temperature)

    def encode(self, graph: JointGraph) -> TextRankingEncoding:
        """Encoding of the wrapped model, and text embeddings."""
        base = self.backbone.encode(graph)
        user_text, item_text = self.text_embeddings(graph)
        return TextRankingEncoding(base.user, base.item, base.layers, base, user_text, item_text)

    def text_embeddings(self, graph: JointGraph, projector: nn.Module | None = None) -> tuple[Tensor, Tensor]:
        """Text embeddings of users and of items, of unit length.

        Args:
            graph: The graph of the training interactions.
            projector: Projector of the texts. (default: the model's own)
        """
        layers = self._layers(graph, projector or self.projector)
        user, item = F.normalize(sum(layers[1:], layers[0]), dim=-1).split([self.num_users, self.num_items])
        return user, item

    def _layers(self, graph: JointGraph, projector: nn.Module) -> list[Tensor]:
        """Projected texts after 0, 1, ... L layers."""
        layers = [self._project(projector)]
        for _ in range(self.num_layers):
            layers.append(self.conv(layers[-1], graph.edge_index, graph.edge_weight))
        return layers

    def _project(self, projector: nn.Module) -> Tensor:
        """Projected texts of all nodes; zeros, or embeddings of their own, where there is no text."""
        features, rows = (self.user_feature, self.item_feature), self.rows()
        projected = [projector(x) for x in select_rows(features, rows)]
        if rows is not None:
            projected = [
                z.new_zeros(x.size(0), z.size(1)).index_copy(0, ids, z)
                for x, ids, z in zip(features, rows, projected, strict=True)
            ]
        if self.missing is not None:
            projected[1] = self.missing(projected[1])
        return torch.cat(projected)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """Terms of the wrapped model, and ``text_ranking``; ``l2`` includes the projector."""
        assert isinstance(encoding, TextRankingEncoding), "'encoding' must come from TextRanking.encode"
        terms = self.backbone.loss(encoding.base, batch)
        terms["l2"] = terms["l2"] + self.own_l2()
        users, row = batch.user.unique(return_inverse=True)
        pairs = torch.stack([row, batch.positive])
        softmax = self.softmax(encoding.user_text.index_select(0, users), encoding.item_text, pairs)
        terms["text_ranking"] = self.weight * softmax
        return terms

    @torch.no_grad()
    def ranker(self, graph: JointGraph) -> Ranker:
        """Blend of the wrapped model's ranker and the text embeddings; the former alone, if ``score_weight`` is 0."""
        base = self.backbone.ranker(graph)
        if not self.score_weight:
            return base
        with evaluation_mode(self):
            layers = self._layers(graph, self.projector)
        text = PropagatedRanker.from_layers(layers, self.num_users, graph.item_degree, normalize=True)
        length = float(cast(EmbeddingRanker, base).item_embedding.norm(dim=-1).mean())
        return Blend([base, text], [1.0, self.score_weight * length])
