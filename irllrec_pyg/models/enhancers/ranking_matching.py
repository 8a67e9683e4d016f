"""RankingMatching: a model learns to rank as its texts do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..._checks import check_at_least, check_non_negative, check_positive
from ...data import JointGraph
from ...losses import RankingDistillation
from ...ops.precision import no_autocast, single
from ...ops.tiled import tile_rows
from ..base import Recommender
from ..encoding import Batch, Encoding
from ..registry import ENHANCERS
from .intent_views import draw_ids
from .teachers import Teachers
from .text_ranking import TextRanking, TextRankingEncoding


@dataclass
class RankingMatchingEncoding(TextRankingEncoding):
    """An encoding with the text embeddings of the model and of its teacher.

    Args:
        base: Encoding of the wrapped model, which its loss reads.
        user_text: Text embeddings of users, of unit length, ``[M, d]``.
        item_text: Text embeddings of items, of unit length, ``[N, d]``.
        teacher: Text embeddings of users and of items by the teacher; :obj:`None` outside of training.

    Examples:
        >>> base, text = Encoding(torch.ones(3, 4), torch.ones(2, 4), []), (torch.eye(3), torch.eye(3)[:2])
        >>> RankingMatchingEncoding(base.user, base.item, base.layers, base, *text, teacher=text).teacher[1].shape
        torch.Size([2, 3])
    """

    teacher: tuple[Tensor, Tensor] | None


@ENHANCERS.register("ranking-matching")
class RankingMatching(TextRanking):
    r"""Interaction-text matching over the items that a user is recommended: the wrapped model learns to rank as its
    texts do, and then ranks without them.

    The matching of `IRLLRec <https://arxiv.org/abs/2502.03307>`_ (Eq. 17) compares which *nodes* are alike for the
    interactions and for the texts. This one compares which *items* they recommend to a user. A text tower is trained
    by a softmax over all items, as in :class:`TextRanking`. A momentum copy of it (Eq. 18) is the teacher, and the
    wrapped model is the student,

    .. math::
        \mathcal{L}_{\text{match}} = \lambda \, \frac{1}{|\mathcal{U}|} \sum_{u \in \mathcal{U}}
        \mathrm{KL} \left( \mathrm{softmax}_i \frac{\cos(\mathbf{z}'_u, \mathbf{z}'_i)}{\tau} \, \Big\| \,
        \mathrm{softmax}_i \frac{\mathbf{e}_u^{\top} \mathbf{e}_i}{\tau_s} \right),

    over some users :math:`\mathcal{U}` of the batch, see :class:`~irllrec_pyg.losses.RankingDistillation`. The
    teacher's texts are propagated over the graph, so that it ranks by texts and by interactions. Embeddings of items
    without text are those of the tower itself.

    Choose it where texts say much about items and the ranker must not read them, for example because it is served from
    one pair of embeddings. :class:`TextRanking` reads them when it ranks, and is a little more accurate over a weak
    backbone. With ``score_weight`` above 0 this class does both.

    Args:
        backbone (Recommender): The model to enhance, a backbone or another enhancer.
        user_feature (Tensor): Text features of users, ``[M, d_t]``.
        item_feature (Tensor): Text features of items, ``[N, d_t]``.
        matching_weight (float, optional): Weight :math:`\lambda` of the matching. (default: :obj:`0.5`)
        student_temperature (float, optional): :math:`\tau_s`: 1 for a backbone that compares inner products, about the
            temperature of its softmax for one that compares cosines. (default: :obj:`1.0`)
        momentum (float, optional): Decay of the teacher. (default: :obj:`0.99`)
        matching_size (int, optional): Largest number of users :math:`|\mathcal{U}|` that a step draws from its batch.
            (default: :obj:`512`)
        head_size (int, optional): Number of the teacher's best items that are compared one by one; the rest count
            together. (default: :obj:`200`)
        temperature (float, optional): Temperature :math:`\tau` of the text tower and its teacher.
            (default: :obj:`0.15`)
        score_weight (float, optional): See :class:`TextRanking`. (default: :obj:`0.0`)
        train_missing (bool, optional): See :class:`TextRanking`. A teacher that cannot rank items without text would
            teach the model to leave them out. (default: :obj:`True`)
        **kwargs (optional): Further arguments of :class:`TextRanking`.

    Raises:
        ValueError: Features do not fit the model or hold NaN, or an argument is out of its range.

    Examples:
        >>> from irllrec_pyg.models import LightGCN
        >>> from irllrec_pyg.testing import tiny_batch, tiny_data
        >>> data = tiny_data()
        >>> model = RankingMatching.from_data(LightGCN(24, 20), data)
        >>> sorted(model(JointGraph.from_data(data), tiny_batch(data)))
        ['bpr', 'l2', 'ranking_matching', 'text_ranking']
    """

    def __init__(
        self,
        backbone: Recommender,
        user_feature: Tensor,
        item_feature: Tensor,
        *,
        matching_weight: float = 0.5,
        student_temperature: float = 1.0,
        momentum: float = 0.99,
        matching_size: int = 512,
        head_size: int = 200,
        temperature: float = 0.15,
        score_weight: float = 0.0,
        train_missing: bool = True,
        **kwargs: Any,
    ) -> None:
        text = {"temperature": temperature, "score_weight": score_weight, "train_missing": train_missing, **kwargs}
        super().__init__(backbone, user_feature, item_feature, **text)
        self.matching_weight = check_non_negative("matching_weight", matching_weight, "use 0 to leave the term out")
        self.student_temperature = check_positive("student_temperature", student_temperature, "1 is the default")
        self.matching_size = check_at_least("matching_size", matching_size, 1, "512 is the default")
        self.head_size = min(check_at_least("head_size", head_size, 1, "200 is the default"), self.num_items)
        self.temperature, self.distillation = temperature, RankingDistillation()
        self.teacher = Teachers({"projector": self.projector} if matching_weight else None, momentum)

    def reset_parameters(self) -> None:
        """Draws all parameters anew, those of the backbone included; the teacher starts as a copy again."""
        super().reset_parameters()
        self.teacher.restart({"projector": self.projector})

    def encode(self, graph: JointGraph) -> RankingMatchingEncoding:
        """Encoding of the wrapped model, text embeddings, and in training those of the teacher."""
        found, teacher = super().encode(graph), None
        if self.training and len(self.teacher):
            with torch.no_grad():
                teacher = self.text_embeddings(graph, self.teacher["projector"])
        text = found.user_text, found.item_text
        return RankingMatchingEncoding(found.user, found.item, found.layers, found.base, *text, teacher)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """Terms of the wrapped model, ``text_ranking``, and in training ``ranking_matching``."""
        assert isinstance(encoding, RankingMatchingEncoding), "'encoding' must come from RankingMatching.encode"
        terms = super().loss(encoding, batch)
        if encoding.teacher is not None:
            matching = self.matching(encoding, encoding.teacher, draw_ids(batch.user.unique(), self.matching_size))
            terms["ranking_matching"] = self.matching_weight * matching
        return terms

    def matching(self, encoding: Encoding, teacher: tuple[Tensor, Tensor], user: Tensor) -> Tensor:
        """Divergence of the model's rankings from those of the teacher, not weighted.

        Args:
            encoding: Embeddings of the model.
            teacher: Text embeddings of all users and of all items by the teacher.
            user: Ids of the users.
        """
        rows, item = single(teacher[0].index_select(0, user)) / self.temperature, single(teacher[1])
        with no_autocast(item):
            head, prob = self._heads(rows, item)
        student = encoding.user.index_select(0, user) / self.student_temperature
        loss: Tensor = self.distillation(student, encoding.item, head, prob)
        return loss

    @torch.no_grad()
    def _heads(self, user: Tensor, item: Tensor) -> tuple[Tensor, Tensor]:
        """Best items of some users and their probabilities."""
        head, prob = [], []
        buffer = user.new_empty(min(tile_rows(item), user.size(0)), item.size(0))  # one for all tiles
        for part in user.split(max(1, buffer.size(0))):
            logit = torch.mm(part, item.t(), out=buffer[: part.size(0)])
            best = logit.topk(self.head_size, dim=1)
            top = best.values[:, :1]
            mass = logit.sub_(top).exp_().sum(dim=1, keepdim=True)
            head.append(best.indices)
            prob.append(best.values.sub(top).exp_().div_(mass))
        return torch.cat(head), torch.cat(prob)

    def after_step(self) -> None:
        """Moves the teacher towards the projector (Eq. 18)."""
        super().after_step()
        self.teacher.follow({"projector": self.projector})
