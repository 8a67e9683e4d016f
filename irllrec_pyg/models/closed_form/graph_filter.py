"""Rankers that filter histories through the graph."""

from __future__ import annotations

import json
from typing import Any

import torch
from torch import Tensor

from ...ranking.history import to_sparse
from .linear import LinearClosedForm


class GraphFilterModel(LinearClosedForm):
    r"""Base class of closed forms that filter a history by a linear and a low-pass filter,

    .. math::
        \mathbf{s}_u = \mathbf{x}_u \left( \tilde{\mathbf{R}}^{\top} \tilde{\mathbf{R}}
        + \alpha \, \mathbf{D}_I^{-1/2} \mathbf{V} \mathbf{V}^{\top} \mathbf{D}_I^{1/2} \right), \qquad
        \tilde{\mathbf{R}} = \mathbf{D}_U^{-1/2} \mathbf{X} \mathbf{D}_I^{-1/2} .

    A subclass calls :meth:`set_factors` at the end of its constructor.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.

    Examples:
        >>> from irllrec_pyg.models import CLOSED_FORMS
        >>> issubclass(CLOSED_FORMS["gf-cf"], GraphFilterModel)
        True
    """

    factors: Tensor
    to_users: Tensor
    to_items: Tensor
    into: Tensor
    out: Tensor

    def normalized(self) -> Tensor:
        r"""The sparse matrix :math:`\tilde{\mathbf{R}}`, ``[M, N]``."""
        x = self.interactions
        user, item = x.indices()
        of_user = torch.sparse.sum(x, dim=1).to_dense().clamp(min=1.0).rsqrt()
        value = of_user[user] * self._of_item()[item]
        return torch.sparse_coo_tensor(x.indices(), value, x.shape, check_invariants=False).coalesce()

    def set_factors(self, factors: Tensor, low_pass_weight: float) -> None:
        r"""Sets the low-pass filter.

        Args:
            factors: :math:`\mathbf{V}`, ``[N, K]``.
            low_pass_weight: :math:`\alpha`.
        """
        of_item, normalized = self._of_item().unsqueeze(1), self.normalized()
        self.low_pass_weight = low_pass_weight
        self.register_buffer("factors", factors, persistent=False)
        # Products with rows in compressed form are faster.
        self.register_buffer("to_users", normalized.to_sparse_csr(), persistent=False)
        self.register_buffer("to_items", normalized.t().coalesce().to_sparse_csr(), persistent=False)
        self.register_buffer("into", low_pass_weight * of_item * factors, persistent=False)
        self.register_buffer("out", (factors / of_item).t().contiguous(), persistent=False)

    def score_history(self, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.score_history <irllrec_pyg.ranking.HistoryRanker.score_history>`."""
        history = to_sparse(history).to(self.into)
        linear = (self.to_items @ (self.to_users @ history.to_dense().t())).t()
        return linear + torch.sparse.mm(history, self.into) @ self.out

    def computed(self) -> GraphFilter:
        """The factors as an argument of :class:`GraphFilter`."""
        pairs, origin = self.interactions.indices(), json.dumps(self.origin())
        return GraphFilter(pairs, self.num_users, self.num_items, self.factors, self.low_pass_weight, origin)

    def _of_item(self) -> Tensor:
        return torch.sparse.sum(self.interactions, dim=0).to_dense().clamp(min=1.0).rsqrt()


class GraphFilter(GraphFilterModel):
    r"""The filter of :class:`GFCF` with given factors, so that a saved one is loaded without being computed again.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        factors (Tensor): Right singular vectors :math:`\mathbf{V}`, ``[N, K]``.
        low_pass_weight (float, optional): :math:`\alpha`. (default: :obj:`0.3`)
        origin (str, optional): Config of the closed form that computed the factors, as JSON. (default: :obj:`None`)

    Raises:
        ValueError: There is not one row of factors for each item.

    Examples:
        >>> from irllrec_pyg.models import GFCF
        >>> from irllrec_pyg.testing import tiny_data
        >>> GFCF.from_data(tiny_data(), num_factors=4).computed()
        GraphFilter(24, 20, num_factors=4, name='GFCF')
    """

    def __init__(
        self,
        pairs: Tensor,
        num_users: int,
        num_items: int,
        factors: Tensor,
        low_pass_weight: float = 0.3,
        origin: str | None = None,
    ) -> None:
        super().__init__(pairs, num_users, num_items)
        self._origin = None if origin is None else json.loads(origin)
        if factors.dim() != 2 or factors.size(0) != num_items:
            raise ValueError(
                f"'factors' must have one row for each of the {num_items} items (got {list(factors.shape)})"
            )
        self.set_factors(factors, low_pass_weight)

    @property
    def name(self) -> str:
        """Name of the method, for explanations."""
        return super().name if self._origin is None else str(self._origin["class"]).rpartition(".")[2]

    def origin(self) -> dict[str, Any]:
        """Config of the closed form that computed the factors, or the own one."""
        return super().origin() if self._origin is None else self._origin

    def computed(self) -> GraphFilter:
        """The object itself: its factors are an argument."""
        return self

    def __repr__(self) -> str:
        sizes = f"{self.num_users}, {self.num_items}, num_factors={self.factors.size(1)}"
        return f"{type(self).__name__}({sizes}, name={self.name!r})"
