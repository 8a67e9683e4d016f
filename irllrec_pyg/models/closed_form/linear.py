"""The base classes of recommenders whose scores are linear in the history."""

from __future__ import annotations

import json
from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor

from ...data import check_pairs
from ...ranking.history import to_sparse
from .base import ClosedForm

_SPARSE = 0.25  # share of weights other than zero up to which indices and values take less room than all weights


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
        return self.score_history(self.history(user))

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

    def set_weight(self, weight: Tensor, item_power: float = 0.0) -> None:
        r"""Sets the weights.

        Args:
            weight: :math:`\mathbf{B}`, ``[N, N]``; weights :math:`\hat{\mathbf{B}}` between the columns of
                :math:`\mathbf{X} \mathbf{D}_I^{-\alpha}` become
                :math:`\mathbf{B} = \mathbf{D}_I^{-\alpha} \hat{\mathbf{B}} \mathbf{D}_I^{\alpha}`. It is changed in
                place.
            item_power: :math:`\alpha`, see :meth:`ClosedForm.co_occurrence`. (default: ``0.0``)
        """
        if item_power:
            scale = self.popularity().pow(item_power)
            weight.div_(scale.unsqueeze(1)).mul_(scale)
        self.register_buffer("weight", weight, persistent=False)

    def score_history(self, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.score_history <irllrec_pyg.ranking.HistoryRanker.score_history>`."""
        return torch.sparse.mm(to_sparse(history).to(self.weight), self.weight)

    def computed(self) -> ItemWeights:
        """The weights as arguments of :class:`ItemWeights`. Where most of them are zero, only the others are kept."""
        sizes, origin = (self.interactions.indices(), self.num_users, self.num_items), json.dumps(self.origin())
        if int(self.weight.count_nonzero()) > self.weight.numel() * _SPARSE:
            return ItemWeights(*sizes, self.weight, origin=origin)
        index = self.weight.nonzero().t()
        return ItemWeights(*sizes, self.weight[index[0], index[1]], index.int(), origin)


class ItemWeights(ItemItemModel):
    r"""Scores by given item-item weights, :math:`\mathbf{s}_u = \mathbf{x}_u \mathbf{B}`, such as those of SLIM.

    Choose it for weights that were computed elsewhere. :meth:`ItemItemModel.computed` makes one, so that a saved model
    is loaded without being computed again. Weights of which most are zero can be given by the others alone.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        weight (Tensor): :math:`\mathbf{B}`, ``[N, N]``; row :math:`j` is what item :math:`j` of a history adds to every
            item. With ``index``, the weights at these places, ``[K]``.
        index (Tensor, optional): Rows and columns of the weights, ``[2, K]``; all other weights are zero.
            (default: :obj:`None`, for all weights)
        origin (str, optional): Config of the closed form that computed the weights, as JSON. (default: :obj:`None`)

    Raises:
        ValueError: ``weight`` or ``index`` has another shape, or an index is out of range.

    Examples:
        >>> weight = torch.tensor([[0.0, 1.0], [2.0, 0.0]])
        >>> ItemWeights(torch.tensor([[0], [1]]), 1, 2, weight).score(torch.tensor([0]))
        tensor([[2., 0.]])
        >>> index = torch.tensor([[0, 1], [1, 0]])
        >>> ItemWeights(torch.tensor([[0], [1]]), 1, 2, torch.tensor([1.0, 2.0]), index).weight
        tensor([[0., 1.],
                [2., 0.]])
    """

    def __init__(
        self,
        pairs: Tensor,
        num_users: int,
        num_items: int,
        weight: Tensor,
        index: Tensor | None = None,
        origin: str | None = None,
    ) -> None:
        super().__init__(pairs, num_users, num_items)
        self._origin = None if origin is None else json.loads(origin)
        if index is not None:
            weight = _dense(check_pairs(index, num_items, num_items, "index"), weight, num_items)
        if weight.shape != (num_items, num_items):
            raise ValueError(f"'weight' must have the shape [{num_items}, {num_items}] (got {list(weight.shape)})")
        self.set_weight(weight)

    @property
    def name(self) -> str:
        """Name of the method, for explanations."""
        return super().name if self._origin is None else str(self._origin["class"]).rpartition(".")[2]

    def origin(self) -> dict[str, Any]:
        """Config of the closed form that computed the weights, or the own one."""
        return super().origin() if self._origin is None else self._origin

    def computed(self) -> ItemWeights:
        """The object itself: its weights are arguments."""
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.num_users}, {self.num_items}, name={self.name!r})"


def _dense(index: Tensor, weight: Tensor, num_items: int) -> Tensor:
    if weight.shape != index.shape[1:]:
        raise ValueError(
            f"'weight' must have one value for each of the {index.size(1)} columns of 'index' (got "
            f"{list(weight.shape)})"
        )
    return weight.new_zeros(num_items, num_items).index_put_((index[0], index[1]), weight)
