"""Recommendations from a shortlist that an index finds."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..data import find_nodes, pair_keys
from ..ranking import UserItemIndex, device_of
from ..ranking.top_k import check_k, check_users
from .exclude import taken_pairs
from .index import ItemIndex
from .score_items import score_items
from .table import node_names, ranked_table

if TYPE_CHECKING:
    import pandas as pd

    from .engine import Engine

_USERS = 256  # users that are searched for at once


def recommend_with_index(
    engine: Engine,
    index: ItemIndex,
    users: Sequence[Any] | None = None,
    k: int = 10,
    shortlist: int = 200,
    exclude: str = "all",
) -> pd.DataFrame:
    """The best items for some users, of a shortlist that an index finds.

    The index finds the ``shortlist`` items with the best inner products that the user has not taken. The ranker of the
    engine scores these exactly. A ranker with embeddings reads the shortlist alone; any other, such as a standardised
    blend, scores all items, and then :func:`~irllrec_pyg.recommender.recommend` is as fast. To answer many requests,
    make an :class:`~irllrec_pyg.recommender.IndexRecommender` once.

    Args:
        engine: The engine.
        index: An index with vectors of its users, such as ``ItemIndex.from_ranker(compact(engine.ranker))``.
        users: Original ids of users. (default: all users)
        k: Number of items per user. (default: ``10``)
        shortlist: Number of items per user that are scored. With more of them fewer of the best items are missed.
            (default: ``200``)
        exclude: Items that are left out: ``"all"`` for everything that the user is known to have taken, ``"history"``
            for the training split alone. (default: ``"all"``)

    Returns:
        The table of :func:`~irllrec_pyg.recommender.recommend`.

    Raises:
        ValueError: A user is unknown, ``k`` or ``shortlist`` is out of range, a score is NaN or infinity, or the index
            has no vectors of users, or those of other users.

    Examples:
        >>> from irllrec_pyg import Engine
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> from irllrec_pyg.testing import tiny_data
        >>> engine = Engine(EmbeddingRanker(torch.randn(24, 8), torch.randn(20, 8)), tiny_data())
        >>> index = ItemIndex.from_ranker(engine.ranker)
        >>> found = recommend_with_index(engine, index, ["user 3"], k=2, shortlist=10)
        >>> found["item"].tolist() == engine.recommend(["user 3"], k=2)["item"].tolist()
        True
    """
    return IndexRecommender(engine, index, shortlist, exclude).recommend(users, k)


class IndexRecommender:
    """Answers many requests with an index: the histories and ids of users are sorted once.

    Args:
        engine: The engine.
        index: An index with vectors of its users, see :func:`~irllrec_pyg.recommender.recommend_with_index`.
        shortlist: Number of items per user that are scored. (default: ``200``)
        exclude: Items that are left out, see there. (default: ``"all"``)

    Raises:
        ValueError: ``shortlist`` is below one, ``exclude`` is unknown, or the index does not fit the engine.

    Examples:
        >>> from irllrec_pyg import Engine
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> from irllrec_pyg.testing import tiny_data
        >>> engine = Engine(EmbeddingRanker(torch.randn(24, 8), torch.randn(20, 8)), tiny_data())
        >>> recommender = IndexRecommender(engine, ItemIndex.from_ranker(engine.ranker))
        >>> len(recommender.recommend(["user 3"], k=2))
        2
    """

    def __init__(self, engine: Engine, index: ItemIndex, shortlist: int = 200, exclude: str = "all") -> None:
        ranker = engine.ranker
        if shortlist < 1:
            raise ValueError(f"'shortlist' must be at least 1 (got {shortlist}); 10 times 'k' is usual")
        if index.user_embedding is None or index.user_embedding.size(0) != ranker.num_users:
            held = 0 if index.user_embedding is None else index.user_embedding.size(0)
            raise ValueError(
                f"'index' holds vectors of {held} users, but the engine has {ranker.num_users}; build it with "
                "ItemIndex.from_ranker, from a ranker of the same data"
            )
        if index.num_items > ranker.num_items:
            raise ValueError(
                f"'index' holds the item {index.num_items - 1}, but the engine has {ranker.num_items} items; build it "
                "from a ranker of the same data"
            )
        self.engine, self.index, self.shortlist = engine, index, shortlist
        self.taken = UserItemIndex(taken_pairs(engine.data, exclude).cpu(), ranker.num_users, ranker.num_items)

    def recommend(self, users: Sequence[Any] | None = None, k: int = 10) -> pd.DataFrame:
        """The best items for some users, as a table in original ids.

        Args:
            users: Original ids of users. (default: all users)
            k: Number of items per user. (default: ``10``)

        Raises:
            ValueError: A user is unknown, ``k`` is out of range, or a score is NaN or infinity.
        """
        data = self.engine.data
        nodes = torch.arange(data["user"].num_nodes) if users is None else self._find(users)
        names = node_names(data, "user", nodes.tolist())
        return ranked_table(data, names, *self.best_items(nodes, k))

    def best_items(self, user: Tensor, k: int = 10) -> tuple[Tensor, Tensor]:
        """The best items for some users, as :func:`~irllrec_pyg.ranking.top_k` returns them.

        Args:
            user: Numbers of users, ``[n]``.
            k: Number of items per user. (default: ``10``)

        Raises:
            ValueError: A number or ``k`` is out of range, or a score is NaN or infinity.
        """
        ranker = self.engine.ranker
        check_k(k, ranker.num_items)
        if self.shortlist < k:
            raise ValueError(
                f"'shortlist' must be at least 'k', {k} (got {self.shortlist}); 10 times as many are usual"
            )
        user = check_users(ranker, user).cpu()
        items = torch.full((user.numel(), k), ranker.num_items)
        scores = torch.full((user.numel(), k), -torch.inf)
        for rows in torch.arange(user.numel()).split(_USERS):
            found = self._shortlist(user[rows])
            exact = self._score(user[rows], found)
            best = exact.topk(min(k, exact.size(1)), dim=1)
            width = best.values.size(1)
            scores[rows, :width] = best.values
            items[rows, :width] = found.gather(1, best.indices).masked_fill(best.values == -torch.inf, ranker.num_items)
        return items, scores

    @cached_property
    def _nodes(self) -> dict[Any, int]:
        return {value: node for node, value in enumerate(self.engine.data["user"].get("original_id", ()))}

    def _find(self, users: Sequence[Any]) -> Tensor:
        if isinstance(users, list) and all(isinstance(one, Hashable) and one in self._nodes for one in users):
            return torch.tensor([self._nodes[one] for one in users], dtype=torch.long)
        return find_nodes(self.engine.data, "user", users, "users")

    def _shortlist(self, user: Tensor) -> Tensor:
        """Items that the index finds and that the users have not taken, ``[n, c]``; ``num_items`` where there are
        fewer."""
        index, num_items = self.index, self.engine.ranker.num_items
        assert index.user_embedding is not None
        row, taken = self.taken.lookup(user)
        most = int(row.bincount(minlength=1).max())
        items, _ = index.search(index.user_embedding[user], min(self.shortlist + most, len(index)))
        rows = torch.arange(user.numel()).repeat_interleave(items.size(1))
        keys = pair_keys(torch.stack([rows, items.flatten()]), num_items + 1)
        known = torch.isin(keys, pair_keys(torch.stack([row, taken]), num_items + 1)).view_as(items)
        items = items.masked_fill(known | (items >= index.num_items), num_items)
        first = (items == num_items).to(torch.uint8).argsort(dim=1, stable=True)  # what is left out goes last
        return items.gather(1, first)[:, : self.shortlist]

    def _score(self, user: Tensor, items: Tensor) -> Tensor:
        """Scores of the shortlist by the ranker, minus infinity where there is no item."""
        ranker = self.engine.ranker
        missing, device = items == ranker.num_items, device_of(ranker)
        scores = score_items(ranker, user.to(device), items.masked_fill(missing, 0).to(device)).cpu().float()
        scores = scores.masked_fill(missing, -torch.inf)
        if not (scores < torch.inf).all():
            raise ValueError(
                f"{type(ranker).__name__} gives scores that are NaN or infinite; if it was trained, lower the learning "
                "rate or the loss weights"
            )
        return scores
