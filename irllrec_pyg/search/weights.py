"""Weights of a blend, chosen on held-out interactions."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import torch
from torch import Tensor
from torch_geometric.metrics.link_pred import LinkPredMetricData

from ..ranking import METRICS, Ranker, UserItemIndex, device_of
from ..ranking.standardized import standardize

_TILE_ELEMENTS = 1 << 22
_STEPS = (1.0, 0.5, 0.2, 0.1, 0.05)


class Shortlists:
    """Standardised scores of several rankers over the items that any of them ranks high.

    The best items of a weighted sum are nearly always among the best of a part, so that weights can be tried without
    scoring the catalogue again.

    Args:
        rankers: The rankers.
        label_index: Held-out (user, item) pairs, ``[2, L]``.
        exclude: (user, item) pairs that are never recommended, ``[2, E]``.
        depth: Number of the best items of each ranker. (default: ``50``)
        most_users: Largest number of users; more are drawn at random. (default: ``10000``)
        seed: Seed of that draw. (default: ``0``)

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = EmbeddingRanker(torch.eye(3), torch.eye(3))
        >>> lists = Shortlists([ranker], torch.tensor([[0, 1], [0, 2]]), torch.tensor([[2], [2]]), depth=2)
        >>> lists.metric("recall", 1, [1.0])
        0.5
    """

    def __init__(
        self,
        rankers: Sequence[Ranker],
        label_index: Tensor,
        exclude: Tensor,
        depth: int = 50,
        most_users: int = 10_000,
        seed: int = 0,
    ) -> None:
        num_users, num_items = rankers[0].num_users, rankers[0].num_items
        labels = UserItemIndex(label_index.cpu(), num_users, num_items, "label_index")
        taken = UserItemIndex(exclude.cpu(), num_users, num_items, "exclude")
        user = (labels.ptr.diff() > 0).nonzero().squeeze(1)
        if user.numel() > most_users:
            order = torch.randperm(user.numel(), generator=torch.Generator().manual_seed(seed))
            user = user[order[:most_users].sort().values]
        self.num_items, depth = num_items, min(depth, num_items)
        items, scores = [], []
        for part in user.split(max(1, _TILE_ELEMENTS // num_items)):
            tile = [self._scores(ranker, part, taken) for ranker in rankers]
            found = torch.cat([one.topk(depth, dim=1).indices for one in tile], dim=1).sort(dim=1).values
            repeated = torch.zeros_like(found, dtype=torch.bool)
            repeated[:, 1:] = found[:, 1:] == found[:, :-1]
            kept = torch.stack([one.gather(1, found).masked_fill(repeated, -torch.inf) for one in tile])
            items.append(found)
            scores.append(kept)
        self.item, self.score = torch.cat(items), torch.cat(scores, dim=1)  # [U, C] and [P, U, C]
        self.label = labels.lookup(user)

    @staticmethod
    @torch.no_grad()
    def _scores(ranker: Ranker, user: Tensor, taken: UserItemIndex) -> Tensor:
        scores = standardize(ranker.score(user.to(device_of(ranker)))).cpu()
        scores[taken.lookup(user)] = -torch.inf
        return scores

    def subset(self, rows: Sequence[int]) -> Shortlists:
        """The same lists of some of the rankers.

        Args:
            rows: Their positions.
        """
        fewer = copy(self)
        fewer.score = self.score[list(rows)]
        return fewer

    def metric(self, name: str, k: int, weights: Sequence[float]) -> float:
        """Mean of a metric over the users.

        Args:
            name: Such as ``"ndcg"``.
            k: Cut-off.
            weights: One weight per ranker.
        """
        used = [(weight, score) for weight, score in zip(weights, self.score, strict=True) if weight]
        total = used[0][0] * used[0][1]
        for weight, score in used[1:]:
            total = total + weight * score
        best = total.topk(min(k, total.size(1)), dim=1)
        item = self.item.gather(1, best.indices).masked_fill(best.values == -torch.inf, self.num_items)
        values = METRICS[name](k=k)._compute(LinkPredMetricData(item, self.label))
        return float(values.double().mean())


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

    def value_of(weights: Sequence[float]) -> float:
        return lists.metric(name, k, weights)

    if start is None:
        single = [[float(row == column) for column in range(count)] for row in range(count)]
        weights = max(single, key=value_of)
    else:
        weights = [float(weight) for weight in start]
    best = value_of(weights)
    for step in _STEPS:
        while True:
            moved = [_moved(weights, part, sign * step) for part in range(count) for sign in (1, -1)]
            values = [(value_of(one), one) for one in moved if one is not None]
            value, candidate = max(values, key=lambda pair: pair[0], default=(best, weights))
            if value <= best + 1e-6:
                break
            best, weights = value, candidate
    total = sum(weights)
    return [round(weight / total, 4) for weight in weights]


def leave_one_out(lists: Shortlists, metric: str, weights: Sequence[float]) -> tuple[list[float], dict[int, float]]:
    """What a blend is without each of its parts, with weights that are chosen again. Where one of these blends is
    better, as steps from a single ranker do not find everything, it takes the place of the blend.

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
            rest = [other for other in range(len(weights)) if other != row]
            again = choose_weights(lists.subset(rest), metric, [weights[other] for other in rest])
            again.insert(row, 0.0)
            found[row] = lists.metric(name, int(cut), again), again
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
