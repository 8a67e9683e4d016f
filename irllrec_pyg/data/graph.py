"""The symmetric user-item graph that every backbone propagates over."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch_geometric import EdgeIndex
from torch_geometric.data import HeteroData
from torch_geometric.nn.conv.gcn_conv import gcn_norm


@dataclass(frozen=True)
class JointGraph:
    r"""Users and items as the nodes of one undirected graph: node id is the user, or ``num_users`` + the item.

    Args:
        num_users: :math:`M`.
        num_items: :math:`N`.
        edge_index: Both directions of every interaction, ``[2, 2E]``, sorted by destination, caches filled.
        edge_weight: LightGCN's symmetric normalisation :math:`1 / \sqrt{|\mathcal{N}_u| |\mathcal{N}_i|}`
            (Eq. 8), ``[2E]``.
    """

    num_users: int
    num_items: int
    edge_index: EdgeIndex
    edge_weight: Tensor

    @classmethod
    def from_pairs(cls, pairs: Tensor, num_users: int, num_items: int) -> JointGraph:
        """Builds the graph from (user, item) pairs, ``[2, E]``; duplicates count once.

        Raises:
            ValueError: ``pairs`` is not ``[2, E]``, or holds an id outside its side.
        """
        if pairs.dim() != 2 or pairs.size(0) != 2:
            raise ValueError(f"'pairs' must have the shape [2, E] (got {list(pairs.shape)}); stack users over items")
        for side, ids, size in (("user", pairs[0], num_users), ("item", pairs[1], num_items)):
            if ids.numel() and (int(ids.min()) < 0 or int(ids.max()) >= size):
                raise ValueError(
                    f"'pairs' holds the {side} id {int(ids.max() if ids.max() >= size else ids.min())}, but there are "
                    f"{size} {side}s; number them from 0 to {size - 1}"
                )
        num_nodes = num_users + num_items
        user, item = pairs.as_subclass(Tensor).unique(dim=1)
        item = item + num_users
        both = torch.stack([torch.cat([user, item]), torch.cat([item, user])])
        edge_index = EdgeIndex(both, sparse_size=(num_nodes, num_nodes), is_undirected=True).sort_by("col").values
        edge_index.fill_cache_()
        weight = gcn_norm(edge_index.as_tensor(), None, num_nodes, add_self_loops=False)[1]
        return cls(num_users, num_items, edge_index, weight)

    @classmethod
    def from_data(cls, data: HeteroData) -> JointGraph:
        """Builds the graph from the training interactions of one of the package's data objects."""
        edge_index = data["user", "interacts", "item"].edge_index
        return cls.from_pairs(edge_index, data["user"].num_nodes, data["item"].num_nodes)

    @property
    def num_nodes(self) -> int:
        """:math:`M + N`."""
        return self.num_users + self.num_items

    def to(self, device: torch.device | str) -> JointGraph:
        """The same graph on another device."""
        if self.edge_weight.device == torch.device(device):
            return self
        edge_index = self.edge_index.to(device)
        edge_index.fill_cache_()
        return JointGraph(self.num_users, self.num_items, edge_index, self.edge_weight.to(device))

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(users={self.num_users}, items={self.num_items}, edges={self.edge_weight.numel()})"
        )
