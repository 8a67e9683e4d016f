"""Weights of a blend, chosen on held-out interactions."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from .shortlists import Shortlists

_STEPS = (1.0, 0.5, 0.2, 0.1, 0.05)


def choose_weights(lists: Shortlists, metric: str, start: Sequence[float] | None = None) -> list[float]:
    """Weights of a blend, by steps that each raise the metric most (`"Ensemble Selection from Libraries of Models"
    <https://dl.acm.org/doi/10.1145/1015330.1015432>`_, with steps that get smaller).

    It begins with the best single ranker, so that the blend is never worse than that on these interactions. Weights sum
    to one.

    Args:
        lists: Scores of the rankers.
        metric: Such as ``"ndcg@20"``.
        start: Weights to begin with. (default: those of the best single ranker)

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> good, bad = EmbeddingRanker(torch.eye(3), torch.eye(3)), EmbeddingRanker(torch.eye(3), -torch.eye(3))
        >>> lists = Shortlists([bad, good], torch.tensor([[0, 1], [0, 1]]), torch.tensor([[2], [2]]))
        >>> choose_weights(lists, "ndcg@1")
        [0.0, 1.0]
    """
    name, _, cut = metric.partition("@")
    count, k = lists.score.size(0), int(cut)
    if start is None:
        single = [[float(row == column) for column in range(count)] for row in range(count)]
        weights = max(single, key=lambda one: lists.metric(name, k, one))
    else:
        weights = [float(weight) for weight in start]
    total = lists.total(weights)
    best = lists.metric_of(name, k, total)
    for step in _STEPS:
        while True:
            value, moved = best, weights
            for row in range(count):
                for sign in (1, -1):
                    candidate = _moved(weights, row, sign * step)
                    if candidate is None:
                        continue
                    change = candidate[row] - weights[row]
                    found = lists.metric_of(name, k, torch.add(total, lists.score[row], alpha=change))
                    if found > value:
                        value, moved = found, candidate
            if value <= best + 1e-6:
                break
            best, weights, total = value, moved, lists.total(moved)
    rest = sum(weights)
    return [round(weight / rest, 4) for weight in weights]


def leave_one_out(lists: Shortlists, metric: str, weights: Sequence[float]) -> tuple[list[float], dict[int, float]]:
    """What a blend is without each of its parts, with weights of the other parts that are chosen again. Where one of
    these blends is better, as steps from a single ranker do not find everything, it takes the place of the blend.

    Args:
        lists: Scores of the rankers.
        metric: Such as ``"ndcg@20"``.
        weights: Weights of the blend.

    Returns:
        The weights of the best blend, and by how much the metric changes without each of its parts, which is never
        above zero; nothing for a single part.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> good, bad = EmbeddingRanker(torch.eye(3), torch.eye(3)), EmbeddingRanker(torch.eye(3), -torch.eye(3))
        >>> lists = Shortlists([bad, good], torch.tensor([[0, 1], [0, 1]]), torch.tensor([[2], [2]]))
        >>> leave_one_out(lists, "ndcg@1", [0.6, 0.4])
        ([0.0, 1.0], {})
    """
    name, _, cut = metric.partition("@")
    while True:
        value, found = lists.metric(name, int(cut), weights), {}
        chosen = [row for row, weight in enumerate(weights) if weight]
        for row in chosen if len(chosen) > 1 else ():
            rest = [other for other in chosen if other != row]
            again = choose_weights(lists.subset(rest), metric, [weights[other] for other in rest])
            placed = [0.0] * len(weights)
            for other, weight in zip(rest, again, strict=True):
                placed[other] = weight
            found[row] = lists.metric(name, int(cut), placed), placed
        best, candidate = max(found.values(), key=lambda pair: pair[0], default=(value, list(weights)))
        if best <= value:
            return list(weights), {row: other - value for row, (other, _) in found.items()}
        weights = candidate


def _moved(weights: Sequence[float], part: int, step: float) -> list[float] | None:
    """Weights with one moved by a share of their sum; :obj:`None` where it would be negative, or nothing is left."""
    moved = list(weights)
    moved[part] = round(moved[part] + step * sum(weights), 6)
    if moved[part] < -1e-9:
        return None
    moved[part] = max(moved[part], 0.0)
    return moved if sum(moved) > 0 else None
