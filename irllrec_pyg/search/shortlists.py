"""The items that any of several rankers ranks high, for every user."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.metrics.link_pred import LinkPredMetricData

from ..ranking import METRICS, Ranker, UserItemIndex, device_of
from ..ranking.standardized import standardize

_TILE_ELEMENTS = 1 << 22
_NEVER = -1e9  # score of what is not recommended: finite, so that sums and differences are


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
        tiles = []
        for part in user.split(max(1, _TILE_ELEMENTS // num_items)):
            scores = [self._scores(ranker, part, taken) for ranker in rankers]
            tiles.append(_shortlist(scores, min(depth, num_items), labels.lookup(part)))
        width = max((score.size(2) for score, _ in tiles), default=0)
        # All tiles get one width; what fills them up ranks below all items, and so do its sums.
        self.score = torch.cat([F.pad(s, (0, width - s.size(2)), value=_NEVER) for s, _ in tiles], dim=1)  # [P, U, C]
        relevant = torch.cat([F.pad(hit, (0, width - hit.size(1))) for _, hit in tiles])
        missed = labels.ptr.diff()[user] - relevant.sum(dim=1)
        # Users whose held-out items are on no list have a value of zero whatever the weights are.
        self.num_users, reached = user.numel(), relevant.any(dim=1)
        self.score, relevant, missed = self.score[:, reached], relevant[reached], missed[reached]
        row, place = relevant.nonzero(as_tuple=True)
        behind = torch.arange(missed.numel()).repeat_interleave(missed), width + torch.arange(int(missed.sum()))
        self.label = torch.cat([row, behind[0]]), torch.cat([place, behind[1]])

    @staticmethod
    @torch.no_grad()
    def _scores(ranker: Ranker, user: Tensor, taken: UserItemIndex) -> Tensor:
        scores = standardize(ranker.score(user.to(device_of(ranker)))).cpu()
        scores[taken.lookup(user)] = _NEVER
        return scores

    def subset(self, rows: Sequence[int]) -> Shortlists:
        """The same lists of some of the rankers.

        Args:
            rows: Their positions.
        """
        fewer = copy(self)
        fewer.score = self.score[list(rows)]
        return fewer

    def total(self, weights: Sequence[float]) -> Tensor:
        """Weighted sum of the scores.

        Args:
            weights: One weight per ranker.
        """
        used = [(weight, score) for weight, score in zip(weights, self.score, strict=True) if weight]
        total = used[0][0] * used[0][1]
        for weight, score in used[1:]:
            total.add_(score, alpha=weight)
        return total

    def metric_of(self, name: str, k: int, total: Tensor) -> float:
        """Mean of a metric over the users.

        Args:
            name: Such as ``"ndcg"``.
            k: Cut-off.
            total: What :meth:`total` returns.
        """
        best = total.topk(min(k, total.size(1)), dim=1).indices
        values = METRICS[name](k=k)._compute(LinkPredMetricData(best, self.label))
        return float(values.double().sum()) / max(1, self.num_users)

    def metric(self, name: str, k: int, weights: Sequence[float]) -> float:
        """Mean of a metric over the users.

        Args:
            name: Such as ``"ndcg"``.
            k: Cut-off.
            weights: One weight per ranker.
        """
        return self.metric_of(name, k, self.total(weights))


def _shortlist(scores: Sequence[Tensor], depth: int, label: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Scores of the items that any ranker puts among its best, ``[P, U, C]``, and which of them are held out."""
    item = torch.cat([score.topk(depth, dim=1).indices for score in scores], dim=1).sort(dim=1).values
    unwanted = scores[0].gather(1, item) == _NEVER
    unwanted[:, 1:] |= item[:, 1:] == item[:, :-1]
    order = unwanted.byte().sort(dim=1, stable=True).indices[:, : int((~unwanted).sum(dim=1).max())]
    item, unwanted = item.gather(1, order), unwanted.gather(1, order)
    relevant = torch.zeros_like(scores[0], dtype=torch.bool)
    relevant[label] = True
    kept = torch.stack([score.gather(1, item).masked_fill(unwanted, _NEVER) for score in scores])
    return kept, relevant.gather(1, item) & ~unwanted
