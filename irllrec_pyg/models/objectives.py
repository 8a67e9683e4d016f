"""What a backbone is trained to rank by, chosen by an argument."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ..losses import InBatchSoftmaxLoss, SoftmaxLoss, bpr_loss
from .encoding import Batch, Encoding


class Objective(nn.Module, ABC):
    """A ranking loss over a backbone's encoding.

    Attributes:
        term: The name of its term.
        cosine: Whether final embeddings are brought to unit length, so that a score is a cosine.
    """

    term: str
    cosine: bool = False

    @abstractmethod
    def forward(self, encoding: Encoding, batch: Batch) -> Tensor:
        """Loss of a batch."""


class BPR(Objective):
    """:func:`~irllrec_pyg.losses.bpr_loss` over inner products, as published."""

    term = "bpr"

    def __init__(self, num_items: int) -> None:
        super().__init__()

    def forward(self, encoding: Encoding, batch: Batch) -> Tensor:
        """Each positive against its negative."""
        return bpr_loss(
            encoding.user.index_select(0, batch.user),
            encoding.item.index_select(0, batch.positive),
            encoding.item.index_select(0, batch.negative),
        )


class Softmax(Objective):
    """:class:`~irllrec_pyg.losses.SoftmaxLoss`: each positive against the whole catalogue; sampled negatives are not
    read.

    Args:
        num_items: :math:`N`.
        temperature: :math:`\\tau`. (default: ``0.1``)
        cosine: Whether scores are cosines. (default: ``True``)
    """

    term = "softmax"

    def __init__(self, num_items: int, temperature: float = 0.1, cosine: bool = True) -> None:
        super().__init__()
        self.cosine, self.loss = cosine, self._make(num_items, temperature)

    def _make(self, num_items: int, temperature: float) -> nn.Module:
        return SoftmaxLoss(temperature)

    def forward(self, encoding: Encoding, batch: Batch) -> Tensor:
        """Each user's partition is computed once a batch."""
        ids, row = batch.user.unique(return_inverse=True)
        loss: Tensor = self.loss(encoding.user.index_select(0, ids), encoding.item, torch.stack([row, batch.positive]))
        return loss


class InBatchSoftmax(Softmax):
    """:class:`~irllrec_pyg.losses.InBatchSoftmaxLoss`: each positive against the items of its batch, corrected for
    their popularity. Arguments as for :class:`Softmax`."""

    def _make(self, num_items: int, temperature: float) -> nn.Module:
        return InBatchSoftmaxLoss(num_items, temperature)


OBJECTIVES: dict[str, type[Objective]] = {"bpr": BPR, "softmax": Softmax, "in-batch-softmax": InBatchSoftmax}


def create_objective(objective: str | Mapping[str, Any], num_items: int) -> Objective:
    """Builds an objective from its name, or from a table with its ``name`` and arguments,
    ``{"name": "softmax", "temperature": 0.1}``.

    Raises:
        ValueError: No objective has that name; the message lists those that exist.
    """
    arguments = {"name": objective} if isinstance(objective, str) else dict(objective)
    name = arguments.pop("name", None)
    if name not in OBJECTIVES:
        raise ValueError(f"'objective' must name one of {', '.join(OBJECTIVES)} (got {objective!r})")
    return OBJECTIVES[name](num_items, **arguments)
