"""The symmetric user-item graph that every backbone propagates over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch_geometric import EdgeIndex
from torch_geometric.data import HeteroData
from torch_geometric.nn.conv.gcn_conv import gcn_norm
from torch_geometric.utils import coalesce

from .interactions import INTERACTS
from .pairs import check_pairs


@dataclass(frozen=True)
class JointGraph:
    r"""Users and items as the nodes of one undirected graph. The node id of a user is the user's id, that of an item is
    ``num_users`` + the item's id.

    Every backbone propagates over it. Use :meth:`from_data` or :meth:`from_pairs` to build it.

    Args:
        num_users: :math:`M`.
        num_items: :math:`N`.
        edge_index: Both directions of every interaction, ``[2, 2E]``, sorted by destination, with
            filled caches.
        edge_weight: LightGCN's symmetric normalisation :math:`1 / \sqrt{|\mathcal{N}_u| |\mathcal{N}_i|}`
            (Eq. 8), ``[2E]``.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> JointGraph.from_data(tiny_data())
        JointGraph(users=24, items=20, edges=240)
    """

    num_users: int
    num_items: int
    edge_index: EdgeIndex
    edge_weight: Tensor

    @classmethod
    def from_pairs(cls, pairs: Tensor | Sequence[Sequence[int]], num_users: int, num_items: int) -> JointGraph:
        """Builds the graph from (user, item) pairs. A pair that occurs twice counts once.

        Args:
            pairs: Pairs of any integer type, ``[2, E]``, as a tensor or as nested lists.
            num_users: :math:`M`.
            num_items: :math:`N`.

        Raises:
            ValueError: ``pairs`` is not ``[2, E]``, does not hold integers, or holds an id that is out of range.
        """
        num_nodes = num_users + num_items
        user, item = coalesce(check_pairs(pairs, num_users, num_items))
        item = item + num_users
        both = torch.stack([torch.cat([user, item]), torch.cat([item, user])])
        edge_index = EdgeIndex(both, sparse_size=(num_nodes, num_nodes), is_undirected=True).sort_by("col").values
        edge_index.fill_cache_()
        weight = gcn_norm(edge_index.as_tensor(), None, num_nodes, add_self_loops=False)[1]
        return cls(num_users, num_items, edge_index, weight)

    @classmethod
    def from_data(cls, data: HeteroData) -> JointGraph:
        """Builds the graph from the training interactions of a data object.

        Args:
            data: The data object.
        """
        edge_index = data[INTERACTS].edge_index
        return cls.from_pairs(edge_index, data["user"].num_nodes, data["item"].num_nodes)

    @property
    def num_nodes(self) -> int:
        """:math:`M + N`."""
        return self.num_users + self.num_items

    @property
    def item_degree(self) -> Tensor:
        """Number of interactions of every item, ``[N]``."""
        return self.edge_index.as_tensor()[1].bincount(minlength=self.num_nodes)[self.num_users :]

    def to(self, device: torch.device | str) -> JointGraph:
        """Returns the graph on another device.

        Args:
            device: The device.
        """
        if self.edge_weight.device == torch.device(device):
            return self
        edge_index = self.edge_index.to(device)
        edge_index.fill_cache_()
        return JointGraph(self.num_users, self.num_items, edge_index, self.edge_weight.to(device))

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(users={self.num_users}, items={self.num_items}, edges={self.edge_weight.numel()})"
        )
