"""Rankers that are blended with a model while it trains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from .._checks import check_non_negative
from .._config import Configurable
from ..ranking import Blend, Ranker


class BlendedRankers:
    """Rankers whose scores are added to those of a model in every evaluation.

    Args:
        rankers: Rankers and their weights.
        num_users: Number of users of the model.
        num_items: Number of items of the model.
        device: Device to which the rankers are moved.

    Raises:
        ValueError: A weight is negative or not finite, or a ranker has other numbers of users and items.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = EmbeddingRanker(torch.eye(2), torch.eye(2))
        >>> BlendedRankers([(ranker, 0.5)], 2, 2, torch.device("cpu")).with_model(ranker).weights
        [1.0, 0.5]
    """

    def __init__(
        self, rankers: Sequence[tuple[Ranker, float]], num_users: int, num_items: int, device: torch.device
    ) -> None:
        self.rankers = [ranker.to(device) if isinstance(ranker, nn.Module) else ranker for ranker, _ in rankers]
        self.weights = [check_non_negative("weight in blend_with", weight) for _, weight in rankers]
        for ranker in self.rankers:
            if (ranker.num_users, ranker.num_items) != (num_users, num_items):
                raise ValueError(
                    f"'blend_with' holds {type(ranker).__name__} with {ranker.num_users} users and {ranker.num_items} "
                    f"items, but the model has {num_users} and {num_items}; make both from the same data"
                )

    def with_model(self, ranker: Ranker) -> Ranker:
        """The blend of a model and the rankers, or the model alone if there are none.

        Args:
            ranker: The ranker of the model.
        """
        return Blend([ranker, *self.rankers], [1.0, *self.weights]) if self.rankers else ranker

    def config(self) -> list[list[Any]]:
        """Config and weight of every ranker.

        Raises:
            TypeError: A ranker cannot be described.
        """
        for ranker in self.rankers:
            if not isinstance(ranker, Configurable):
                raise TypeError(
                    f"{type(ranker).__name__} in 'blend_with' cannot be described; let its class inherit from "
                    "irllrec_pyg._config.Configurable, or train without 'checkpoint'"
                )
        configs = [ranker.description() for ranker in self.rankers if isinstance(ranker, Configurable)]
        return [[config, weight] for config, weight in zip(configs, self.weights, strict=True)]
