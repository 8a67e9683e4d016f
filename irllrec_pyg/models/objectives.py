"""Ranking losses of backbones, chosen by an argument."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ..losses import InBatchSoftmaxLoss, SoftmaxLoss, bpr_loss
from .encoding import Batch, Encoding


class Objective(nn.Module, ABC):
    """Base class of ranking losses over a backbone's encoding.

    A subclass takes the number of items as its first argument. Put it into :data:`OBJECTIVES` to choose it by name.

    Attributes:
        term: Name of its loss term.
        cosine: Whether final embeddings get unit length, so that a score is a cosine.

    Examples:
        >>> create_objective("bpr", num_items=20).term
        'bpr'
    """

    term: str
    cosine: bool = False

    @abstractmethod
    def forward(self, encoding: Encoding, batch: Batch) -> Tensor:
        """Loss of a batch.

        Args:
            encoding: The encoded users and items.
            batch: The triplets of the step.
        """


class BPR(Objective):
    """:func:`~irllrec_pyg.losses.bpr_loss` over inner products, the objective of the published backbones.

    Args:
        num_items: :math:`N`; it is not read.

    Examples:
        >>> encoding, batch = Encoding(torch.eye(2), torch.eye(2), []), Batch(*torch.tensor([[0], [0], [1]]))
        >>> BPR(num_items=2)(encoding, batch)
        tensor(0.3133)
    """

    term = "bpr"

    def __init__(self, num_items: int) -> None:
        super().__init__()

    def forward(self, encoding: Encoding, batch: Batch) -> Tensor:
        """Compares each positive with its negative."""
        return bpr_loss(
            encoding.user.index_select(0, batch.user),
            encoding.item.index_select(0, batch.positive),
            encoding.item.index_select(0, batch.negative),
        )


class Softmax(Objective):
    r""":class:`~irllrec_pyg.losses.SoftmaxLoss`, which compares each positive with all items. It reads no negatives.

    Choose it for accuracy: it usually ranks better than BPR, at a higher cost per step.

    Args:
        num_items: :math:`N`.
        temperature: Temperature :math:`\tau`. (default: ``0.1``)
        cosine: Whether scores are cosines. (default: ``True``)

    Examples:
        >>> encoding, batch = Encoding(torch.eye(2), torch.eye(2), []), Batch(*torch.tensor([[0], [0], [1]]))
        >>> Softmax(num_items=2, temperature=1.0)(encoding, batch)
        tensor(0.3133)
    """

    term = "softmax"

    def __init__(self, num_items: int, temperature: float = 0.1, cosine: bool = True) -> None:
        super().__init__()
        self.cosine, self.loss = cosine, self.make_loss(num_items, temperature)

    def make_loss(self, num_items: int, temperature: float) -> nn.Module:
        """The loss that the objective calls.

        Args:
            num_items: :math:`N`.
            temperature: Temperature.
        """
        return SoftmaxLoss(temperature)

    def forward(self, encoding: Encoding, batch: Batch) -> Tensor:
        """Compares each positive with all items. A user's scores are computed once per batch."""
        ids, row = batch.user.unique(return_inverse=True)
        loss: Tensor = self.loss(encoding.user.index_select(0, ids), encoding.item, torch.stack([row, batch.positive]))
        return loss


class InBatchSoftmax(Softmax):
    """:class:`~irllrec_pyg.losses.InBatchSoftmaxLoss`, which compares each positive with the items of its batch and
    corrects for their popularity.

    Choose it where there are too many items for :class:`Softmax`, and ``num_candidates`` where batches are large.

    Args:
        num_items: :math:`N`.
        temperature: Temperature :math:`\tau`. (default: ``0.1``)
        cosine: Whether scores are cosines. (default: ``True``)
        num_candidates: Number of pairs to draw from a batch, whose items are the candidates. (default: all pairs)

    Examples:
        >>> encoding, batch = Encoding(torch.eye(2), torch.eye(2), []), Batch(*torch.tensor([[0, 1], [0, 1], [1, 0]]))
        >>> InBatchSoftmax(num_items=2)(encoding, batch).shape
        torch.Size([])
    """

    def __init__(
        self, num_items: int, temperature: float = 0.1, cosine: bool = True, num_candidates: int | None = None
    ) -> None:
        self.num_candidates = num_candidates
        super().__init__(num_items, temperature, cosine)

    def make_loss(self, num_items: int, temperature: float) -> nn.Module:
        """The loss that the objective calls."""
        return InBatchSoftmaxLoss(num_items, temperature, num_candidates=self.num_candidates)


#: Objectives by name.
OBJECTIVES: dict[str, type[Objective]] = {"bpr": BPR, "softmax": Softmax, "in-batch-softmax": InBatchSoftmax}


def create_objective(objective: str | Mapping[str, Any], num_items: int) -> Objective:
    """Builds an objective.

    Args:
        objective: Its name, or a dictionary of its ``name`` and arguments.
        num_items: :math:`N`.

    Raises:
        ValueError: No objective has that name; the message lists those that exist.

    Examples:
        >>> create_objective({"name": "softmax", "temperature": 0.2}, num_items=20).term
        'softmax'
    """
    arguments = {"name": objective} if isinstance(objective, str) else dict(objective)
    name = arguments.pop("name", None)
    if name not in OBJECTIVES:
        raise ValueError(f"'objective' must name one of {', '.join(OBJECTIVES)} (got {objective!r})")
    return OBJECTIVES[name](num_items, **arguments)
