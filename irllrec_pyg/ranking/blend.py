"""The weighted sum of rankers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .._config import Configurable
from .history import HistoryRanker, check_reads_history
from .ranker import Ranker, device_of


class Blend(Configurable, nn.Module):
    r"""Ranks by a weighted sum of the scores of any number of rankers,

    .. math::
        s_{ui} = \sum_{p} w_p \, s^{(p)}_{ui} .

    Choose it where rankers make different errors: a graph model smooths over the whole graph, and a linear item-item
    model such as :class:`~irllrec_pyg.models.EASE` keeps every single co-occurrence. A part may itself be a blend.

    Where all parts have ``user_embedding`` and ``item_embedding``, the blend has them too: those of the parts side by
    side, the users' times the weight.

    Args:
        parts (list): The rankers. Parts that are modules move with the blend.
        weights (list, optional): :math:`w_p`, one weight per part. Choose them on the validation split. A part of
            weight zero is not scored. (default: 1 for every part)

    Raises:
        ValueError: There is no part, the number of weights differs from that of the parts, a weight is negative or not
            finite, all weights are zero, or the parts have different numbers of users or items.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> part = EmbeddingRanker(torch.eye(2), torch.eye(2))
        >>> blend = Blend([part, part], [1.0, 0.5])
        >>> blend.score(torch.tensor([0]))
        tensor([[1.5000, 0.0000]])
        >>> blend.user_embedding.shape
        torch.Size([2, 4])
    """

    def __init__(self, parts: Sequence[Ranker], weights: Sequence[float] | None = None) -> None:
        super().__init__()
        weights = [1.0] * len(parts) if weights is None else [float(weight) for weight in weights]
        if not parts or len(parts) != len(weights):
            raise ValueError(
                f"'parts' must hold at least one ranker and 'weights' one weight for each (got {len(parts)} parts and "
                f"{len(weights)} weights)"
            )
        if not all(0.0 <= weight < float("inf") for weight in weights) or not any(weights):
            raise ValueError(f"'weights' must be finite, not negative, and not all zero (got {weights})")
        sizes = {(part.num_users, part.num_items) for part in parts}
        if len(sizes) > 1:
            raise ValueError(
                f"'parts' have different numbers of users and items, {sorted(sizes)}; make all from the same data"
            )
        self.parts, self.weights = list(parts), weights
        # Parts need not be modules. Those that are get registered, so that they move with the blend.
        self.part_modules = nn.ModuleList(part for part in parts if isinstance(part, nn.Module))
        self.num_users, self.num_items = sizes.pop()

    def score(self, user: Tensor) -> Tensor:
        """See :meth:`Ranker.score <irllrec_pyg.ranking.Ranker.score>`."""
        total: Tensor | None = None
        for part, weight in zip(self.parts, self.weights, strict=True):
            if weight:
                # A part that is no module stays where it is when the blend moves.
                scores = weight * part.score(user.to(device_of(part))).to(user.device)
                total = scores if total is None else total + scores
        assert total is not None
        return total

    def score_history(self, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.score_history <irllrec_pyg.ranking.HistoryRanker.score_history>`.

        Raises:
            TypeError: A part does not read histories.
        """
        scores = [weight * part.score_history(history) for part, weight in self._reading() if weight]
        return torch.stack(scores).sum(dim=0)

    def contributions(self, user: int, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.contributions <irllrec_pyg.ranking.HistoryRanker.contributions>`.

        Raises:
            TypeError: A part does not read histories.
        """
        return torch.stack([weight * part.contributions(user, history) for part, weight in self._reading()]).sum(dim=0)

    def _reading(self) -> list[tuple[HistoryRanker, float]]:
        return [(check_reads_history(part), weight) for part, weight in zip(self.parts, self.weights, strict=True)]

    @property
    def user_embedding(self) -> Tensor:
        """Weighted user embeddings of all parts side by side, ``[M, sum of d]``."""
        return self._concatenate("user_embedding", self.weights)

    @property
    def item_embedding(self) -> Tensor:
        """Item embeddings of all parts side by side, ``[N, sum of d]``."""
        return self._concatenate("item_embedding", [1.0] * len(self.weights))

    def _concatenate(self, name: str, weights: Sequence[float]) -> Tensor:
        # An AttributeError of a part makes hasattr(blend, name) false, as it must be.
        tensors = [getattr(part, name) for part in self.parts]
        return torch.cat([weight * tensor for weight, tensor in zip(weights, tensors, strict=True)], dim=1)

    def __repr__(self) -> str:
        parts = ", ".join(f"{weight:g} * {part}" for weight, part in zip(self.weights, self.parts, strict=True))
        return f"{type(self).__name__}({parts})"
