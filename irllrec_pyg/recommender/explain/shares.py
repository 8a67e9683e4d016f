"""How a score splits over the parts of a blend and the items of a history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...ranking import Blend, HistoryRanker, Ranker, Standardized, device_of
from ...ranking.standardized import standardize
from .names import leaves, name_of, readable_names


@dataclass(frozen=True)
class Share:
    """What one ranker of a blend adds to the score of an item.

    Args:
        name: Name of the ranker.
        score: What it adds, after all weights and standardisations.
        mean: What it adds to all items on average.
        history: What each item of the history adds, in double precision, ``[h]``.
        history_mean: What each item of the history adds to all items on average, ``[h]``.

    Examples:
        >>> share = Share("EASE", 3.0, 1.0, torch.tensor([2.0]), torch.tensor([1.0]))
        >>> share.standardized(deviation=2.0).score
        1.0
    """

    name: str
    score: float
    mean: float
    history: Tensor
    history_mean: Tensor

    def weighted(self, weight: float) -> Share:
        """The share of a part with a weight.

        Args:
            weight: The weight.
        """
        return Share(
            self.name, weight * self.score, weight * self.mean, weight * self.history, weight * self.history_mean
        )

    def standardized(self, deviation: float) -> Share:
        """The share after the mean over the items is subtracted, and what is left is divided by a deviation.

        Args:
            deviation: Deviation of the total score; zero if all items have the same score, which leaves nothing.
        """
        history = self.history - self.history_mean
        centered = Share(self.name, self.score - self.mean, 0.0, history, torch.zeros_like(history))
        return centered.weighted(1.0 / deviation if deviation else 0.0)


@torch.no_grad()
def split_score(
    ranker: Ranker, user: int, item: int, history: Tensor, names: Sequence[str | None] | None = None
) -> list[Share]:
    r"""Splits the score of an item over the rankers of a blend, and each of these parts over the items of a history.

    Blends and standardisations are affine, so the split is exact at any depth: with weight :math:`w`, mean
    :math:`\bar{s}` and deviation :math:`\sigma` of a standardised part, a summand :math:`c` of its score adds
    :math:`w (c - \bar{c}) / \sigma` to the score of the blend.

    Args:
        ranker: The ranker.
        user: Number of the user.
        item: Number of the item.
        history: Items of the user's training interactions, ``[h]``.
        names: Names of the parts of a blend, as a report gives them. (default: names of the kinds of rankers)

    Returns:
        One share for each ranker. One that does not read histories adds nothing through their items.

    Examples:
        >>> from irllrec_pyg.models import EASE, Popularity
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> ranker = Blend([EASE.from_data(data), Popularity.from_data(data)], [1.0, 0.1])
        >>> shares = split_score(ranker, 0, 3, torch.tensor([1, 2]))
        >>> [share.name for share in shares]
        ['EASE', 'popularity']
        >>> abs(sum(share.score for share in shares) - float(ranker.score(torch.tensor([0]))[0, 3])) < 1e-5
        True
    """
    if isinstance(ranker, Blend):
        given = names if names is not None and len(names) == len(ranker.parts) else [None] * len(ranker.parts)
        found = []
        for part, weight, name in zip(ranker.parts, ranker.weights, given, strict=True):
            if weight:
                inner = split_score(part, user, item, history, _inner_names(part, name))
                found += [share.weighted(weight) for share in inner]
        return found
    if isinstance(ranker, Standardized):
        row = _row(ranker.ranker, user)
        deviation = float(row.double().std(correction=0)) if bool(standardize(row.unsqueeze(0)).any()) else 0.0
        inner = split_score(ranker.ranker, user, item, history, names)
        return [share.standardized(deviation) for share in inner]
    row = _row(ranker, user).double()
    items = row.new_zeros(history.numel(), row.numel())
    if history.numel() and isinstance(ranker, HistoryRanker):
        items = ranker.contributions(user, history.to(device_of(ranker))).cpu().double()
    name = names[0] if names and names[0] is not None else name_of(ranker)
    return [Share(name, float(row[item]), float(row.mean()), items[:, item], items.mean(dim=1))]


def _row(ranker: Ranker, user: int) -> Tensor:
    """Scores of all items for one user, ``[N]``."""
    return ranker.score(torch.tensor([user], device=device_of(ranker)))[0].cpu()


def _inner_names(part: Ranker, name: str | None) -> list[str | None] | None:
    """Names of the rankers that a part of a blend consists of, such as a model and its enhancer."""
    if name is None:
        return None
    pieces, count = readable_names(name), len(leaves(part))
    return [*pieces] if len(pieces) == count else [" and ".join(dict.fromkeys(pieces))] * count
