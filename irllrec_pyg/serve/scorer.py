"""The best items for the users of many requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..ranking import UserItemIndex, device_of, score_tiles
from ..recommender import Engine
from ..recommender.exclude import taken_pairs


@dataclass(frozen=True)
class Query:
    """A request for the best items of some known users, in nodes.

    Args:
        users: The users.
        k: Number of items per user. (default: ``10``)
        exclude: Items that are left out. (default: none)
        candidates: The only items to choose from. (default: all items)
        exclude_history: Whether items that the user is known to have taken are left out. (default: ``True``)
    """

    users: Sequence[int]
    k: int = 10
    exclude: Sequence[int] = ()
    candidates: Sequence[int] | None = None
    exclude_history: bool = True


#: Items of a user, best first, with their scores.
Ranking = list[tuple[int, float]]


class Scorer:
    """Ranks the items for the users of many requests at once.

    Args:
        engine: The engine. Its interactions are sorted once.
    """

    def __init__(self, engine: Engine) -> None:
        self.ranker = engine.ranker
        self.device = device_of(engine.ranker)
        pairs = taken_pairs(engine.data).to(self.device)
        self.taken = UserItemIndex(pairs, self.ranker.num_users, self.ranker.num_items)

    def __call__(self, queries: Sequence[Query]) -> list[list[Ranking]]:
        """Ranks.

        Args:
            queries: The requests.

        Returns:
            For each request one ranking per user.

        Raises:
            ValueError: A score is NaN or infinite.
        """
        owners = [query for query in queries for _ in query.users]
        user = torch.tensor([user for query in queries for user in query.users], device=self.device)
        hides_history = torch.tensor([query.exclude_history for query in owners], device=self.device)
        rankings: list[Ranking] = []
        for rows, scores in score_tiles(self.ranker, user):
            row, item = self.taken.lookup(user[rows])
            hidden = hides_history[rows][row]
            scores[row[hidden], item[hidden]] = -torch.inf
            tile = owners[len(rankings) : len(rankings) + len(scores)]
            for position, query in enumerate(tile):
                _restrict(scores[position], query)
            rankings += self._best(scores, [query.k for query in tile])
        remaining = iter(rankings)
        return [[next(remaining) for _ in query.users] for query in queries]

    def _best(self, scores: Tensor, counts: Sequence[int]) -> list[Ranking]:
        """The best items of each row. The order of equal scores depends on their number, so that each number is sorted
        by itself: a request then gets the same items in any company."""
        found: dict[int, Ranking] = {}
        for k in set(counts):
            rows = [row for row, count in enumerate(counts) if count == k]
            best = (scores if len(rows) == len(counts) else scores[rows]).topk(k, dim=1)
            if not (best.values[:, 0] < torch.inf).all():  # NaN and infinity come first
                raise ValueError(f"{type(self.ranker).__name__} gives scores that are NaN or infinite")
            for row, items, values in zip(rows, best.indices.tolist(), best.values.tolist(), strict=True):
                pairs = zip(items, values, strict=True)
                found[row] = [(item, value) for item, value in pairs if value > -torch.inf]
        return [found[row] for row in range(len(counts))]


def _restrict(scores: Tensor, query: Query) -> None:
    """Sets the scores of items that a request leaves out to minus infinity."""
    if query.exclude:
        scores[list(query.exclude)] = -torch.inf
    if query.candidates is not None:
        left_out = torch.ones_like(scores, dtype=torch.bool)
        left_out[list(query.candidates)] = False
        scores.masked_fill_(left_out, -torch.inf)
