"""Scores for users who are known by a text alone."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ...ranking import Ranker, device_of
from ...ranking.history import HistoryRanker
from ...ranking.standardized import standardize
from .measuring import HeldOutUsers
from .text_neighbors import neighbor_scores, softmax_neighbors
from .text_regression import TextRegression
from .text_space import TextSpace

_MOST_USERS = 20_000
_MOST_ELEMENTS = 200_000_000  # of the matrix that the regression holds
_NEIGHBORS, _STAND_INS, _PSEUDO_ITEMS = 100, 50, 3
_NEAREST, _NEAREST_TEMPERATURE = 20, 0.05  # item texts that a sentence is read as
#: Settings of each way that are tried; the middle one is taken where there is nothing to learn on.
_SETTINGS = {"neighbors": (0.02, 0.05, 0.1), "regression": (1.0, 3.0, 10.0), "stand-ins": (0.02, 0.05, 0.1)}
_WEIGHTS = (0.25, 0.5, 1.0, 2.0)


class UserTexts:
    r"""Scores all items for users who are known by a text alone, such as a sentence about themselves.

    Three ways are measured on known users whose validation items are to be found, and blended with the weights that are
    best there:

    - *neighbors*: the weighted mean of the standardised scores of the known users whose texts are most alike, with
      weights :math:`\propto \exp(\mathbf{x}^{\top} \mathbf{x}_v / \tau)`;
    - *regression*: :class:`TextRegression` of the standardised scores of known users on their texts;
    - *stand-ins*: the scores of a history of the items whose texts are most alike.

    Where known users have no texts of their own, the mean over the texts of their items is their text, and the mean
    over three of their items stands for what they would say. A sentence is unlike such means. Its neighbors are
    therefore those of the mean over the item texts that are most alike, and the regression, which would extrapolate, is
    left out.

    Args:
        ranker: The ranker.
        space: The space of the texts.
        held_out: Users to learn on. Where there are none, *neighbors* is taken alone.

    Attributes:
        settings: Temperature or ridge of each way.
        weights: Weight of each way that is used.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> texts = UserTexts(EASE.from_data(data), TextSpace(data), HeldOutUsers.draw(data))
        >>> texts.score(texts.space.user[:2]).shape
        torch.Size([2, 20])
    """

    def __init__(self, ranker: Ranker, space: TextSpace, held_out: HeldOutUsers) -> None:
        self.ranker, self.space = ranker, space
        order = torch.randperm(ranker.num_users, generator=torch.Generator().manual_seed(0))
        user = order[:_MOST_USERS].sort().values
        self._user = user[space.user[user].ne(0).any(dim=1)]
        if not self._user.numel():
            raise ValueError("no user has a text, and no item of a history has one; give texts, or leave the text out")
        self._regression: TextRegression | None = None
        if space.own_texts and space.user.size(1) * ranker.num_items <= _MOST_ELEMENTS:
            left_out = held_out.user[torch.isin(held_out.user, self._user)]
            self._regression = TextRegression(ranker, space.user, self._user, left_out)
        self.settings, self.weights = {name: values[1] for name, values in _SETTINGS.items()}, {"neighbors": 1.0}
        if held_out.label.numel():
            self._learn(held_out)

    def queries(self, held_out: HeldOutUsers) -> Tensor:
        """What held-out users would say about themselves, as vectors ``[n, D]``.

        Args:
            held_out: The users.
        """
        if self.space.own_texts:
            return self.space.user[held_out.user]
        some = [self.space.item[items].sum(dim=0) for items in held_out.shortened(_PSEUDO_ITEMS, seed=1)]
        return F.normalize(torch.stack(some), dim=1)

    def score(self, text: Tensor, left_out: Tensor | None = None) -> Tensor:
        """Standardised scores for texts, ``[n, N]``.

        Args:
            text: The texts as vectors of the space, ``[n, D]``.
            left_out: Known users who count as unknown. (default: none)
        """
        chosen = {name: (self.settings[name],) for name in self.weights}
        total = torch.zeros(text.size(0), self.ranker.num_items)
        for name, settings in chosen.items():
            (score,) = self._scores(name, text, settings, left_out)
            total += self.weights[name] * standardize(score)
        return standardize(total)

    def _like_users(self, text: Tensor) -> Tensor:
        """Texts as vectors like those of known users."""
        if self.space.own_texts:
            return text
        alike = softmax_neighbors(text, self.space.item, _NEAREST_TEMPERATURE, _NEAREST)
        return F.normalize(alike @ self.space.item, dim=1)

    def _scores(self, name: str, text: Tensor, settings: tuple[float, ...], left_out: Tensor | None) -> list[Tensor]:
        """Scores of one way with each of its settings."""
        if name == "regression":
            assert self._regression is not None
            return [self._regression.predict(text, ridge, left_out is not None) for ridge in settings]
        if name == "stand-ins":
            assert isinstance(self.ranker, HistoryRanker)
            histories = [softmax_neighbors(text, self.space.item, setting, _STAND_INS) for setting in settings]
            device = device_of(self.ranker)
            return [self.ranker.score_history(history.to(device)).cpu() for history in histories]
        text = self._like_users(text)
        user = self._user if left_out is None else self._user[~torch.isin(self._user, left_out)]
        known = self.space.user[user]
        return neighbor_scores(
            self.ranker, user, [softmax_neighbors(text, known, setting, _NEIGHBORS) for setting in settings]
        )

    def _learn(self, held_out: HeldOutUsers) -> None:
        text, scores, values = self.queries(held_out), {}, {}
        ways = ["neighbors"]
        ways += ["regression"] if self._regression is not None else []
        ways += ["stand-ins"] if isinstance(self.ranker, HistoryRanker) else []
        for name in ways:
            tried = [standardize(one) for one in self._scores(name, text, _SETTINGS[name], held_out.user)]
            found = [held_out.ndcg(one) for one in tried]
            values[name] = max(found)
            best = found.index(values[name])
            scores[name], self.settings[name] = tried[best], _SETTINGS[name][best]
        first = max(values, key=lambda name: values[name])
        weights, total, value = {first: 1.0}, scores[first], values[first]
        for name in sorted(set(values) - {first}, key=lambda name: -values[name]):
            tried = [total + weight * scores[name] for weight in _WEIGHTS]
            found = [held_out.ndcg(one) for one in tried]
            if max(found) > value:
                value = max(found)
                total, weights[name] = tried[found.index(value)], _WEIGHTS[found.index(value)]
        self.weights = weights
