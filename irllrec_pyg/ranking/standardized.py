"""Scores of one scale for every user."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from .._config import Configurable
from .history import check_reads_history
from .ranker import Ranker, device_of

_ROUNDING = 8 * torch.finfo(torch.float32).eps  # relative error of a mean of equal scores


class Standardized(Configurable, nn.Module):
    r"""Ranks as another ranker does, with scores whose mean over the items is zero and whose deviation is one for every
    user,

    .. math::
        \tilde{s}_{ui} = \frac{s_{ui} - \bar{s}_u}{\sigma_u} .

    Choose it for the parts of a :class:`~irllrec_pyg.ranking.Blend`: rankers have different scales, and one ranker may
    have different scales for different users. A user whose scores are all equal gets zeros.

    Args:
        ranker (Ranker): The ranker.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = EmbeddingRanker(torch.tensor([[1.0], [100.0]]), torch.tensor([[1.0], [2.0], [3.0]]))
        >>> Standardized(ranker).score(torch.tensor([0, 1]))
        tensor([[-1.2247,  0.0000,  1.2247],
                [-1.2247,  0.0000,  1.2247]])
    """

    def __init__(self, ranker: Ranker) -> None:
        super().__init__()
        self.ranker = ranker
        self.num_users, self.num_items = ranker.num_users, ranker.num_items

    def score(self, user: Tensor) -> Tensor:
        """See :meth:`Ranker.score <irllrec_pyg.ranking.Ranker.score>`."""
        return standardize(self.ranker.score(user))

    def score_history(self, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.score_history <irllrec_pyg.ranking.HistoryRanker.score_history>`."""
        return standardize(check_reads_history(self.ranker).score_history(history))

    def contributions(self, user: int, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.contributions <irllrec_pyg.ranking.HistoryRanker.contributions>`."""
        parts = check_reads_history(self.ranker).contributions(user, history)
        score = self.ranker.score(torch.tensor([user], device=device_of(self.ranker)))
        deviation = score.float().std(correction=0)
        tiny = _ROUNDING * score.abs().max()
        return (parts - parts.mean(dim=1, keepdim=True)) / deviation * (deviation > tiny)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({cast(object, self.ranker)!r})"


def standardize(scores: Tensor) -> Tensor:
    """Rows with a mean of zero and a deviation of one, in single precision; zeros where a row is constant.

    Args:
        scores: Finite scores, ``[n, N]``.

    Examples:
        >>> standardize(torch.tensor([[0.0, 2.0], [5.0, 5.0]]))
        tensor([[-1.,  1.],
                [ 0.,  0.]])
    """
    scores = scores.float()
    tiny = _ROUNDING * scores.abs().amax(dim=1, keepdim=True)
    scores = scores - scores.mean(dim=1, keepdim=True)
    deviation = scores.square().mean(dim=1, keepdim=True).sqrt()
    return torch.where(deviation > tiny, scores / deviation.clamp(min=torch.finfo(scores.dtype).tiny), 0.0)
