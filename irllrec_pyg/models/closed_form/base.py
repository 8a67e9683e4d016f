"""Recommenders without training: what every learned one has to beat."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from ..._config import Configurable


class ClosedForm(Configurable, nn.Module, ABC):
    """A recommender that is computed from the training interactions at once.

    Args:
        pairs: Training interactions, ``[2, E]``.
        num_users: :math:`M`.
        num_items: :math:`N`.

    Attributes:
        interactions: The matrix :math:`\\mathbf{X} \\in \\{0, 1\\}^{M \\times N}`, sparse.

    Raises:
        ValueError: There are no interactions.
    """

    interactions: Tensor

    def __init__(self, pairs: Tensor, num_users: int, num_items: int) -> None:
        super().__init__()
        if pairs.size(1) == 0:
            raise ValueError("'pairs' is empty: there is no training interaction to learn from; check the split")
        pairs = pairs.as_subclass(Tensor).unique(dim=1)
        ones = torch.ones(pairs.size(1), device=pairs.device)
        self.num_users, self.num_items = num_users, num_items
        interactions = torch.sparse_coo_tensor(pairs, ones, (num_users, num_items), check_invariants=False).coalesce()
        # Buffers, which move with the module, but no state: it is computed from the data again.
        self.register_buffer("interactions", interactions, persistent=False)

    @classmethod
    def features_read(cls, **kwargs: Any) -> tuple[str, ...]:
        """Names of the node features that :meth:`from_data` reads when it is given these arguments."""
        return ()

    @classmethod
    def from_data(cls, data: HeteroData, **kwargs: Any) -> ClosedForm:
        """Computes it from the training interactions of a data object."""
        pairs = data["user", "interacts", "item"].edge_index
        return cls(pairs, data["user"].num_nodes, data["item"].num_nodes, **kwargs)

    @abstractmethod
    def score(self, user: Tensor) -> Tensor:
        """Scores of all items for some users, ``[n, N]``."""

    def co_occurrence(self) -> Tensor:
        r"""How many users two items share, :math:`\mathbf{X}^{\top} \mathbf{X}`, ``[N, N]``."""
        x = self.interactions
        return torch.sparse.mm(x.t(), x).to_dense()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.num_users}, {self.num_items})"
