"""A ranker with more users than the one that was trained."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..._config import Configurable
from ...data import check_pairs
from ...ranking import HistoryRanker, check_reads_history, history_matrix
from ...ranking.standardized import standardize


class WithNewUsers(Configurable, nn.Module):
    r"""A ranker with new users, who are known by their histories, by their texts, or by both.

    A user with a history alone gets the scores of that history. With a text, both are standardised and blended,

    .. math::
        s_{ui} = (1 - w_u) \, \tilde{s}^{\text{history}}_{ui} + w_u \, \tilde{s}^{\text{text}}_{ui} .

    Known users are scored as before. :meth:`Newcomers.add_users` makes one.

    Args:
        ranker (HistoryRanker): The ranker of the known users.
        num_new (int): Number of new users :math:`m`.
        pairs (Tensor): Their histories, as pairs of the number of a new user (from 0) and an item, ``[2, E]``.
        text_score (Tensor, optional): Standardised scores by their texts, ``[m, N]``. (default: no texts)
        text_weight (Tensor, optional): :math:`w_u`, ``[m]``. (default: 0 for all)

    Raises:
        TypeError: The ranker does not read histories.
        ValueError: An id is out of range, a shape does not fit, or a weight lies outside [0, 1].

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> ranker = WithNewUsers(EASE.from_data(tiny_data()), 1, torch.tensor([[0, 0], [3, 5]]))
        >>> ranker.num_users, ranker.score(torch.tensor([24])).shape
        (25, torch.Size([1, 20]))
    """

    text_score: Tensor
    text_weight: Tensor
    pairs: Tensor

    def __init__(
        self,
        ranker: HistoryRanker,
        num_new: int,
        pairs: Tensor,
        text_score: Tensor | None = None,
        text_weight: Tensor | None = None,
    ) -> None:
        super().__init__()
        check_reads_history(ranker)
        text_score = torch.zeros(num_new, ranker.num_items) if text_score is None else text_score
        text_weight = torch.zeros(num_new) if text_weight is None else text_weight
        if text_score.shape != (num_new, ranker.num_items) or text_weight.shape != (num_new,):
            raise ValueError(
                f"'text_score' and 'text_weight' must have the shapes {[num_new, ranker.num_items]} and {[num_new]} "
                f"(got {list(text_score.shape)} and {list(text_weight.shape)})"
            )
        if not ((text_weight >= 0) & (text_weight <= 1)).all():
            raise ValueError(f"'text_weight' must lie in [0, 1] (got {text_weight.tolist()})")
        self.ranker, self.num_known = ranker, ranker.num_users
        self.num_users, self.num_items = ranker.num_users + num_new, ranker.num_items
        self.register_buffer("pairs", check_pairs(pairs, num_new, ranker.num_items), persistent=False)
        self.register_buffer("text_score", text_score.detach(), persistent=False)
        self.register_buffer("text_weight", text_weight.detach(), persistent=False)

    def score(self, user: Tensor) -> Tensor:
        """See :meth:`Ranker.score <irllrec_pyg.ranking.Ranker.score>`."""
        new = user >= self.num_known
        if not new.any():
            return self.ranker.score(user)
        scores = self._score_new(user[new] - self.num_known)
        if new.all():
            return scores
        result = scores.new_empty(user.numel(), self.num_items)
        result[new], result[~new] = scores, self.ranker.score(user[~new]).to(scores)
        return result

    def score_history(self, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.score_history <irllrec_pyg.ranking.HistoryRanker.score_history>`."""
        return self.ranker.score_history(history)

    def contributions(self, user: int, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.contributions <irllrec_pyg.ranking.HistoryRanker.contributions>`. For a new user, an
        item adds what it scores as a history of its own, with one factor for all items of the history so that their sum
        is as near as it can be to the scores of the whole history. For linear rankers that is exact."""
        if user < self.num_known:
            return self.ranker.contributions(user, history)
        row, device = user - self.num_known, history.device
        single = history_matrix(list(history.cpu().unsqueeze(1)), self.num_items).to(device)
        parts = self.ranker.score_history(single)
        score = self._history_score(torch.tensor([row], device=device))
        total = parts.sum(dim=0)
        parts = parts * (total @ score[0] / (total @ total).clamp(min=1e-12))
        if self.text_weight[row] == 0:
            return parts
        deviation = score.std(correction=0).clamp(min=1e-12)
        return (1.0 - self.text_weight[row]) * (parts - parts.mean(dim=1, keepdim=True)) / deviation

    def _score_new(self, row: Tensor) -> Tensor:
        score = self._history_score(row)
        weight = self.text_weight[row].unsqueeze(1)
        blended = (1.0 - weight) * standardize(score) + weight * self.text_score[row]
        return torch.where(weight > 0, blended, score)

    def _history_score(self, row: Tensor) -> Tensor:
        histories = [self.pairs[1, self.pairs[0] == one].cpu() for one in row.tolist()]
        return self.ranker.score_history(history_matrix(histories, self.num_items).to(row.device))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.ranker!r}, {self.num_users - self.num_known} users)"
