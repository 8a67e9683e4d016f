"""The weighted sum of rankers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from .._config import Configurable
from .ranker import Ranker


class Blend(Configurable, nn.Module):
    r"""Ranks by a weighted sum of the scores of any number of rankers,

    .. math::
        s_{ui} = \sum_{p} w_p \, s^{(p)}_{ui} .

    A graph model smooths over the whole graph; a linear item-item model such as :class:`~irllrec_pyg.models.EASE` keeps
    every single co-occurrence. They make different errors, so their sum makes fewer than either. A part may itself be a
    blend.

    Args:
        parts (list): The rankers. Parts that are modules move with the blend.
        weights (list): :math:`w_p`, one weight per part; choose them on validation. (default: 1 for every part)

    Raises:
        ValueError: There is no part, the number of weights differs from that of the parts, a weight is negative or not
            finite, or the parts have different numbers of users or items.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> part = EmbeddingRanker(torch.eye(2), torch.eye(2))
        >>> Blend([part, part], [1.0, 0.5]).score(torch.tensor([0]))
        tensor([[1.5000, 0.0000]])
    """

    def __init__(self, parts: Sequence[Ranker], weights: Sequence[float] | None = None) -> None:
        super().__init__()
        weights = [1.0] * len(parts) if weights is None else [float(weight) for weight in weights]
        if not parts or len(parts) != len(weights):
            raise ValueError(f"a blend needs one weight for each of its parts (got {len(parts)} and {len(weights)})")
        for weight in weights:
            if not 0.0 <= weight < float("inf"):
                raise ValueError(f"'weights' must be finite and not negative (got {weights}); use 0 to leave a part out")
        sizes = {(part.num_users, part.num_items) for part in parts}
        if len(sizes) > 1:
            raise ValueError(f"'parts' have different numbers of users and items, {sorted(sizes)}; use the same data")
        self.parts, self.weights = list(parts), weights
        # Parts need not be modules; those that are get registered, so that they move with the blend.
        self.part_modules = nn.ModuleList(part for part in parts if isinstance(part, nn.Module))
        self.num_users, self.num_items = sizes.pop()

    def score(self, user: Tensor) -> Tensor:
        """See :meth:`Ranker.score <irllrec_pyg.ranking.Ranker.score>`."""
        total = self.weights[0] * self.parts[0].score(user)
        for part, weight in zip(self.parts[1:], self.weights[1:], strict=True):
            if weight:
                total = total + weight * part.score(user)
        return total

    @property
    def user_embedding(self) -> Tensor:
        """Weighted embeddings of all parts side by side, ``[M, sum of d]``.

        Raises:
            AttributeError: A part has no embeddings, so that the scores are no inner products.
        """
        return self._joined("user_embedding", self.weights)

    @property
    def item_embedding(self) -> Tensor:
        """Embeddings of all parts side by side, ``[N, sum of d]``; see :attr:`user_embedding`."""
        return self._joined("item_embedding", [1.0] * len(self.weights))

    def _joined(self, name: str, weights: Sequence[float]) -> Tensor:
        missing = [type(part).__name__ for part in self.parts if not hasattr(part, name)]
        if missing:
            raise AttributeError(f"the blend has no {name!r}, because {', '.join(missing)} has none")
        tensors = [cast(Tensor, getattr(part, name)) for part in self.parts]
        return torch.cat([weight * tensor for weight, tensor in zip(weights, tensors, strict=True)], dim=1)

    def __repr__(self) -> str:
        parts = ", ".join(f"{weight:g} * {part}" for weight, part in zip(self.weights, self.parts, strict=True))
        return f"{type(self).__name__}({parts})"
