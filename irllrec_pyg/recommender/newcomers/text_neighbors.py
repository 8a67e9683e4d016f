"""Scores of users whose texts are alike, and histories of items whose texts are alike."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...ranking import Ranker, device_of
from ...ranking.standardized import standardize

_TILE = 512


def softmax_neighbors(text: Tensor, known: Tensor, temperature: float, most: int) -> Tensor:
    r"""Weights :math:`\propto \exp(\mathbf{x}^{\top} \mathbf{x}_v / \tau)` of the known texts that are most alike,
    which sum to one, ``[n, V]``.

    Args:
        text: The texts, ``[n, D]``.
        known: The known texts, ``[V, D]``; a row of zeros is no text, and gets no weight.
        temperature: :math:`\tau`.
        most: Number of known texts that get a weight.

    Examples:
        >>> weight = softmax_neighbors(torch.eye(2)[:1], torch.eye(2), temperature=0.1, most=1)
        >>> weight
        tensor([[1., 0.]])
    """
    alike = (text @ known.t()).masked_fill(~known.ne(0).any(dim=1), -torch.inf)
    best = alike.topk(min(most, known.size(0)), dim=1)
    return torch.zeros_like(alike).scatter_(1, best.indices, torch.softmax(best.values / temperature, dim=1))


def neighbor_scores(ranker: Ranker, user: Tensor, weights: Sequence[Tensor]) -> list[Tensor]:
    """Weighted means of the standardised scores of known users, for several matrices of weights at once.

    Args:
        ranker: The ranker.
        user: The known users, ``[V]``.
        weights: Their weights, ``[n, V]`` each.

    Returns:
        ``[n, N]`` for each matrix.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = EmbeddingRanker(torch.eye(2), torch.eye(2))
        >>> neighbor_scores(ranker, torch.tensor([1, 0]), [torch.tensor([[1.0, 0.0]])])
        [tensor([[-1.,  1.]])]
    """
    totals = [torch.zeros(weight.size(0), ranker.num_items) for weight in weights]
    used = torch.stack([weight.ne(0).any(dim=0) for weight in weights]).any(dim=0).nonzero().squeeze(1)
    for column in used.split(_TILE):
        score = standardize(ranker.score(user[column].to(device_of(ranker)))).cpu()
        for total, weight in zip(totals, weights, strict=True):
            total.addmm_(weight[:, column], score)
    return totals
