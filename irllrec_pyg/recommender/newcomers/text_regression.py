"""Ridge regression of scores on texts of users."""

from __future__ import annotations

import torch
from torch import Tensor

from ...ranking import Ranker, device_of
from ...ranking.standardized import standardize

_TILE = 512


class TextRegression:
    r"""Ridge regression of the standardised scores :math:`\mathbf{S}` of known users on their texts :math:`\mathbf{X}`,

    .. math::
        \hat{\mathbf{s}}(\mathbf{x}) = \bar{\mathbf{s}} + \mathbf{x}^{\top} (\mathbf{X}^{\top} \mathbf{X}
        + \lambda \mathbf{I})^{-1} \mathbf{X}^{\top} (\mathbf{S} - \bar{\mathbf{s}}) .

    Users are scored once. Some of them can be left out of a prediction, to measure how good it is for new users.

    Args:
        ranker: The ranker.
        text: Texts of all users, ``[M, D]``.
        user: Users to learn from, ``[n]``.
        left_out: Users among these who can be left out. (default: none)

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = EmbeddingRanker(torch.eye(2), torch.tensor([[1.0, -1.0], [-1.0, 1.0]]))
        >>> regression = TextRegression(ranker, torch.eye(2), torch.arange(2))
        >>> regression.predict(torch.tensor([[1.0, 0.0]]), ridge=1e-3).round(decimals=2)
        tensor([[ 1., -1.]])
    """

    def __init__(self, ranker: Ranker, text: Tensor, user: Tensor, left_out: Tensor | None = None) -> None:
        rest = user if left_out is None else user[~torch.isin(user, left_out)]
        out = user[:0] if left_out is None else left_out
        self._rest = _sums(ranker, text, rest)
        self._all = [one + other for one, other in zip(self._rest, _sums(ranker, text, out), strict=True)]

    def predict(self, text: Tensor, ridge: float, leave_out: bool = False) -> Tensor:
        """Standardised scores for texts, ``[n, N]``.

        Args:
            text: The texts, ``[n, D]``.
            ridge: :math:`\\lambda`.
            leave_out: Whether to leave out the users who can be left out. (default: ``False``)
        """
        gram, cross, text_sum, score_sum, count = self._rest if leave_out else self._all
        mean = score_sum / count.clamp(min=1)
        matrix = gram + ridge * torch.eye(gram.size(0))
        weight = torch.linalg.solve(matrix, text.t()).t()
        return mean + weight @ cross - (weight @ text_sum).unsqueeze(1) * mean


def _sums(ranker: Ranker, text: Tensor, user: Tensor) -> list[Tensor]:
    """Sums over users: products of texts, products of texts and scores, texts, scores, and their number."""
    width, size = text.size(1), ranker.num_items
    gram, cross = torch.zeros(width, width), torch.zeros(width, size)
    score_sum = torch.zeros(size)
    for part in user.split(_TILE):
        score = standardize(ranker.score(part.to(device_of(ranker)))).cpu()
        rows = text[part].cpu()
        gram.addmm_(rows.t(), rows)
        cross.addmm_(rows.t(), score)
        score_sum += score.sum(dim=0)
    return [gram, cross, text[user].cpu().sum(dim=0), score_sum, torch.tensor(float(user.numel()))]
