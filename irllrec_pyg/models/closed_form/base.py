"""The base class of recommenders without training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.utils import cumsum

from ..._checks import check_non_negative
from ..._config import Configurable
from ...data import INTERACTS, check_pairs, pair_keys, unit_features
from ...ranking.user_item_index import select_rows


class ClosedForm(Configurable, nn.Module, ABC):
    r"""Base class of recommenders that are computed from the training interactions, without gradient steps.

    They are rankers (:class:`~irllrec_pyg.ranking.Ranker`) as soon as they are built. Compare every trained model with
    them. A subclass defines :meth:`score`. With the decorator ``@CLOSED_FORMS.register("name")`` it is found by name;
    :func:`~irllrec_pyg.testing.check_ranker` tests it.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``; a pair that occurs twice counts once.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.

    Attributes:
        interactions: The sparse matrix :math:`\mathbf{X} \in \{0, 1\}^{M \times N}`.

    Raises:
        ValueError: There are no interactions, or an id is out of range.

    Examples:
        >>> class Random(ClosedForm):
        ...     def score(self, user):
        ...         return torch.rand(user.numel(), self.num_items)
        >>> Random(torch.tensor([[0, 1], [1, 0]]), num_users=2, num_items=3)
        Random(2, 3)
    """

    interactions: Tensor
    ptr: Tensor

    def __init__(self, pairs: Tensor, num_users: int, num_items: int) -> None:
        super().__init__()
        key = pair_keys(check_pairs(pairs, num_users, num_items), num_items)
        if not (key.diff() > 0).all():  # those of a saved ranker are sorted
            key = key.unique()
        if key.numel() == 0:
            raise ValueError("'pairs' is empty: there is no training interaction to learn from; check the split")
        self.num_users, self.num_items = num_users, num_items
        interactions = torch.sparse_coo_tensor(
            torch.stack([key // num_items, key % num_items]),
            torch.ones(key.numel(), device=key.device),
            (num_users, num_items),
            check_invariants=False,
            is_coalesced=True,
        )
        # All buffers of closed forms move with the module, but are no part of its state: they follow from arguments.
        self.register_buffer("interactions", interactions, persistent=False)
        self.register_buffer("ptr", cumsum(torch.bincount(key // num_items, minlength=num_users)), persistent=False)

    @classmethod
    def features_read(cls, **kwargs: Any) -> tuple[str, ...]:
        """Names of the node features that :meth:`from_data` reads when it is given these arguments.

        Args:
            **kwargs: Arguments of :meth:`from_data`.
        """
        return ()

    @classmethod
    def from_data(cls, data: HeteroData, **kwargs: Any) -> ClosedForm:
        """Computes it from the training interactions of a data object.

        Args:
            data: The data object.
            **kwargs: Arguments of the constructor.
        """
        return cls(data[INTERACTS].edge_index, data["user"].num_nodes, data["item"].num_nodes, **kwargs)

    @abstractmethod
    def score(self, user: Tensor) -> Tensor:
        """Scores of all items for some users, a new tensor, ``[n, N]``.

        Args:
            user: Ids of users, ``[n]``.
        """

    def history(self, user: Tensor) -> Tensor:
        r"""Rows of :math:`\mathbf{X}`, sparse, ``[n, N]``.

        Args:
            user: Ids of users, ``[n]``.
        """
        index = torch.stack(select_rows(self.ptr, self.interactions.indices()[1], user))
        ones = self.interactions.values().new_ones(index.size(1))
        shape = (user.numel(), self.num_items)
        return torch.sparse_coo_tensor(index, ones, shape, check_invariants=False, is_coalesced=True)

    @property
    def name(self) -> str:
        """Name of the method, for explanations: that of the class, also after :meth:`computed`."""
        return type(self).__name__

    def origin(self) -> dict[str, Any]:
        """Config of the closed form, also after :meth:`computed`, from which it is computed again for other data."""
        return self.config()

    def computed(self) -> ClosedForm:
        """A ranker with the same scores that takes what was computed as arguments, so that loading it computes nothing.
        It is the closed form itself where there is little to compute."""
        return self

    def co_occurrence(self, user_power: float = 0.0, item_power: float = 0.0) -> Tensor:
        r"""Number of users who took both of two items, :math:`\mathbf{X}^{\top} \mathbf{X}`, ``[N, N]``.

        With powers :math:`\beta` and :math:`\alpha` it is computed from
        :math:`\mathbf{D}_U^{-\beta} \mathbf{X} \mathbf{D}_I^{-\alpha}`, where :math:`\mathbf{D}_U` and
        :math:`\mathbf{D}_I` hold the numbers of interactions of users and of items, and multiplied so that the sum of
        its diagonal stays.

        Args:
            user_power: :math:`\beta`. (default: ``0.0``)
            item_power: :math:`\alpha`. (default: ``0.0``)

        Raises:
            ValueError: A power is negative.
        """
        check_non_negative("user_power", user_power, "0.5 is usual")
        check_non_negative("item_power", item_power, "0.25 is usual")
        x = self.interactions
        if not user_power and not item_power:
            return torch.sparse.mm(x.t(), x).to_dense()
        user, item = x.indices()
        value = self.ptr.diff().float().pow(-user_power)[user] * self.popularity().pow(-item_power)[item]
        x = torch.sparse_coo_tensor(x.indices(), value, x.shape, check_invariants=False, is_coalesced=True)
        gram = torch.sparse.mm(x.t(), x).to_dense()
        return gram.mul_(value.numel() / gram.diagonal().double().sum())

    def popularity(self) -> Tensor:
        """Number of training interactions of each item, at least one, ``[N]``."""
        return torch.bincount(self.interactions.indices()[1], minlength=self.num_items).clamp(min=1).float()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.num_users}, {self.num_items})"


def centered_features(feature: Tensor, num_items: int) -> Tensor:
    """Text features of items as linear models read them: without their mean, and at unit length.

    Args:
        feature: Text features of items, ``[N, d_t]``; a row of zeros is an item without text, and stays zeros.
        num_items: :math:`N`.

    Raises:
        ValueError: There is not one finite row for each item.

    Examples:
        >>> centered_features(torch.tensor([[3.0, 1.0], [1.0, 1.0], [0.0, 0.0]]), num_items=3)
        tensor([[ 1.,  0.],
                [-1.,  0.],
                [ 0.,  0.]])
    """
    if feature.dim() != 2 or feature.size(0) != num_items or not feature.isfinite().all():
        raise ValueError(
            f"'feature' must have one finite row for each of the {num_items} items (got {list(feature.shape)}"
            f"{'' if feature.isfinite().all() else ' with NaN or infinity'})"
        )
    return unit_features(feature, center=True)
