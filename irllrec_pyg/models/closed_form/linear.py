"""The base classes of recommenders whose scores are linear in the history."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor

from ...ranking.history import to_sparse
from .base import ClosedForm


class LinearClosedForm(ClosedForm):
    r"""Base class of closed forms whose scores are linear in the history of the user,
    :math:`\mathbf{s}_u = \mathbf{x}_u \mathbf{B}`. A subclass defines :meth:`score_history`; everything else
    follows from it: scores of known users, of new users, and how much each item of a history adds.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.

    Examples:
        >>> class CoOccurrence(LinearClosedForm):
        ...     def score_history(self, history):
        ...         return torch.sparse.mm(history, self.co_occurrence())
        >>> model = CoOccurrence(torch.tensor([[0, 0, 1], [0, 1, 1]]), num_users=2, num_items=3)
        >>> model.score(torch.tensor([1]))
        tensor([[1., 2., 0.]])
    """

    @abstractmethod
    def score_history(self, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.score_history <irllrec_pyg.ranking.HistoryRanker.score_history>`."""

    def score(self, user: Tensor) -> Tensor:
        """See :meth:`ClosedForm.score <irllrec_pyg.models.ClosedForm.score>`."""
        return self.score_history(self.interactions.index_select(0, user))

    def contributions(self, user: int, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.contributions <irllrec_pyg.ranking.HistoryRanker.contributions>`."""
        row = torch.arange(history.numel(), device=history.device)
        single = torch.sparse_coo_tensor(
            torch.stack([row, history]),
            torch.ones(history.numel(), device=history.device),
            (history.numel(), self.num_items),
            check_invariants=False,
        )
        return self.score_history(single.coalesce())


class ItemItemModel(LinearClosedForm):
    r"""Base class of closed forms that hold a matrix of item-item weights,
    :math:`\mathbf{s}_u = \mathbf{x}_u \mathbf{B}`. A subclass calls :meth:`set_weight` at the end of its constructor.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.

    Attributes:
        weight: :math:`\mathbf{B}`, ``[N, N]``; row :math:`j` is what item :math:`j` of a history adds to every item.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> issubclass(EASE, ItemItemModel)
        True
    """

    weight: Tensor

    def set_weight(self, weight: Tensor) -> None:
        r"""Sets the weights.

        Args:
            weight: :math:`\mathbf{B}`, ``[N, N]``.
        """
        self.register_buffer("weight", weight, persistent=False)

    def score_history(self, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.score_history <irllrec_pyg.ranking.HistoryRanker.score_history>`."""
        return torch.sparse.mm(to_sparse(history).to(self.weight), self.weight)


class ItemWeights(ItemItemModel):
    r"""Scores by given item-item weights, :math:`\mathbf{s}_u = \mathbf{x}_u \mathbf{B}`, such as those of SLIM.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        weight (Tensor): :math:`\mathbf{B}`, ``[N, N]``; row :math:`j` is what item :math:`j` of a history adds to every
            item.

    Raises:
        ValueError: ``weight`` has another shape.

    Examples:
        >>> weight = torch.tensor([[0.0, 1.0], [2.0, 0.0]])
        >>> ItemWeights(torch.tensor([[0], [1]]), 1, 2, weight).score(torch.tensor([0]))
        tensor([[2., 0.]])
    """

    def __init__(self, pairs: Tensor, num_users: int, num_items: int, weight: Tensor) -> None:
        super().__init__(pairs, num_users, num_items)
        if weight.shape != (num_items, num_items):
            raise ValueError(f"'weight' must have the shape [{num_items}, {num_items}] (got {list(weight.shape)})")
        self.set_weight(weight)
