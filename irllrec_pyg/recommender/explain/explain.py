"""Explanations of scores, in original ids."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from ..._checks import check_at_least
from ...data import find_nodes
from ...ranking import Ranker, UserItemIndex, device_of
from ..check import check_fits
from ..exclude import taken_pairs
from ..table import node_names
from .explanation import Contribution, Explanation
from .names import names_of_parts
from .prototypes import Prototypes
from .shares import split_score
from .stated import stated_text
from .titles import text_of, title_of
from .words import WordWeights


def explain(
    ranker: Ranker,
    data: HeteroData,
    user: Any,
    item: Any,
    most: int = 3,
    prototypes: Prototypes | None = None,
    names: Sequence[str] | None = None,
) -> Explanation:
    """Why an item gets its score for a known user: the past items and the parts of the ranker that carry it, and the
    words that both texts share.

    The amounts are exact. The score of a closed form that is linear in the history splits over its items completely.
    A model with embeddings of users also scores by the embedding that it has learned for the user, which belongs to no
    single item; that amount is ``own``. A blend splits as its parts do. The words are no part of the score: they say
    what the texts have in common. To explain many items, make an
    :class:`~irllrec_pyg.recommender.Explainer` once.

    Args:
        ranker: Anything that scores, such as ``run.ranker`` or :class:`~irllrec_pyg.models.EASE`.
        data: The data object that it was trained on.
        user: Original id of the user.
        item: Original id of the item, recommended or not.
        most: Number of items and words that the sentences name. (default: ``3``)
        prototypes: Prototypes of which those that carry the pair are named. (default: none)
        names: Names of the parts of a blend. (default: those of the report, where :func:`~irllrec_pyg.fit` made the
            ranker, or else those of the kinds of rankers)

    Raises:
        TypeError: ``ranker`` does not score, such as a model that is no ranker yet.
        ValueError: The user or the item is unknown, the ranker has other numbers of users and items or gives the item
            no finite score, or ``most`` or ``names`` is out of range.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> explanation = explain(EASE.from_data(data, l2_weight=10.0), data, "user 0", "item 1")
        >>> len(explanation.history), abs(explanation.own) < 1e-6
        (5, True)
    """
    return Explainer(ranker, data, prototypes, names).explain(user, item, most)


class Explainer:
    """Explains many scores of one ranker: what is known about the words of the data is computed once.

    Args:
        ranker: See :func:`~irllrec_pyg.recommender.explain`.
        data: The data object that it was trained on.
        prototypes: Prototypes of which those that carry the pair are named. (default: none)
        names: Names of the parts of a blend. (default: see that function)

    Raises:
        TypeError: ``ranker`` does not score.
        ValueError: The ranker has other numbers of users and items than the data, or ``names`` does not fit.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> explainer = Explainer(EASE.from_data(data), data)
        >>> explainer.explain("user 0", "item 19").taken
        False
    """

    def __init__(
        self,
        ranker: Ranker,
        data: HeteroData,
        prototypes: Prototypes | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        check_fits(ranker, data)
        self.ranker, self.data, self.prototypes = ranker, data, prototypes
        self.names = names_of_parts(ranker, names)

    def explain(self, user: Any, item: Any, most: int = 3) -> Explanation:
        """Explains the score of an item for a user.

        Args:
            user: Original id of the user.
            item: Original id of the item.
            most: Number of items and words that the sentences name. (default: ``3``)

        Raises:
            ValueError: The user or the item is unknown, the item has no finite score, or ``most`` is below one.
        """
        check_at_least("most", most, 1, "3 is usual")
        user_node = int(find_nodes(self.data, "user", [user], "user"))
        item_node = int(find_nodes(self.data, "item", [item], "item"))
        history = self.history(user_node)
        taken_items = self._taken.lookup(torch.tensor([user_node]))[1]
        score, rank = self._rank(user_node, item_node, taken_items)
        shares = split_score(self.ranker, user_node, item_node, history, self.names)
        parts: dict[str, float] = {}
        for share in shares:
            parts[share.name] = parts.get(share.name, 0.0) + share.score
        added = torch.stack([share.history for share in shares]).sum(dim=0)
        entries = [
            Contribution(name, title_of(self.data, taken), value)
            for name, taken, value in zip(
                node_names(self.data, "item", history.tolist()), history.tolist(), added.tolist(), strict=True
            )
        ]
        words, disliked, from_history = self._words(user_node, item_node, history, most)
        return Explanation(
            user,
            item,
            title_of(self.data, item_node),
            score,
            rank,
            bool((taken_items == item_node).any()),
            parts,
            sorted(entries, key=lambda entry: -entry.value),
            score - float(added.sum()),
            words,
            disliked,
            self._prototypes(user, item),
            from_history,
            most,
        )

    def history(self, user: int) -> Tensor:
        """Items of a user's training interactions, ``[h]``.

        Args:
            user: Number of the user.
        """
        return self._history.lookup(torch.tensor([user]))[1]

    @cached_property
    def _history(self) -> UserItemIndex:
        return self._index(taken_pairs(self.data, "history"))

    @cached_property
    def _taken(self) -> UserItemIndex:
        """Held-out items too, as in lists of recommendations."""
        return self._index(taken_pairs(self.data))

    def _index(self, pairs: Tensor) -> UserItemIndex:
        return UserItemIndex(pairs.cpu(), self.ranker.num_users, self.ranker.num_items)

    @torch.no_grad()
    def _rank(self, user: int, item: int, taken: Tensor) -> tuple[float, int]:
        scores = self.ranker.score(torch.tensor([user], device=device_of(self.ranker)))[0].cpu()
        score = float(scores[item])
        if not scores[item].isfinite():
            name = node_names(self.data, "item", [item])[0]
            raise ValueError(f"'item' is {name!r}, whose score is {score}: nothing explains it; choose another item")
        scores[taken] = -torch.inf
        return score, 1 + int((scores > score).sum())

    def _words(
        self, user: int, item: int, history: Tensor, most: int
    ) -> tuple[list[tuple[str, float]], list[tuple[str, float]], bool]:
        """Shared and disliked words, and whether the user's words are those of their history."""
        own, weights, title = self._document("user", user), self._weights, title_of(self.data, item)
        texts = [own] if own else [self._document("item", taken) for taken in history.tolist() if taken != item]
        offered = self._document("item", item)
        shared = weights.shared(weights.mean_vector(texts), weights.vector(offered), most, without=title)
        disliked = weights.vector(stated_text(self.data, "user", user, "dislikes"))
        against = weights.vector(f"{offered}; {stated_text(self.data, 'item', item, 'dislikes')}")
        return shared, weights.shared(disliked, against, most, without=title), not own

    def _document(self, side: str, node: int) -> str:
        """The likes of a node; its text where none are known."""
        return stated_text(self.data, side, node, "likes") or text_of(self.data, side, node)

    @cached_property
    def _weights(self) -> WordWeights:
        return WordWeights(self._document("item", item) for item in range(self.data["item"].num_nodes))

    def _prototypes(self, user: Any, item: Any) -> list[tuple[str, float]]:
        if self.prototypes is None:
            return []
        return [(self.prototypes.name(number), share) for number, share in self.prototypes.carrying(user, item)]
