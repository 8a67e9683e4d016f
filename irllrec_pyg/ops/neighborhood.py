"""The neighborhood of some nodes, as a small graph of its own."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric import EdgeIndex

from .sparse import compressed


class Neighborhood(NamedTuple):
    """Nodes and their incoming edges, see :func:`incoming_edges`.

    Args:
        ids: Ids of the nodes and of their neighbors, sorted and distinct, ``[S]``.
        place: Where each of the nodes is in ``ids``, ``[n]``.
        edge_index: Edges from the rows of ``ids`` to the nodes, sorted by destination, with sparse size ``(S, n)``.

    Examples:
        >>> edge_index = EdgeIndex([[0], [0]], sparse_size=(2, 1), sort_order="col")
        >>> Neighborhood(torch.tensor([3, 7]), torch.tensor([1]), edge_index).ids
        tensor([3, 7])
    """

    ids: Tensor
    place: Tensor
    edge_index: EdgeIndex


def incoming_edges(edge_index: EdgeIndex, nodes: Tensor) -> Neighborhood:
    """Selects the incoming edges of some nodes. A layer computes the same for these nodes on the small graph as on the
    whole one, at the cost of their edges; :func:`torch_geometric.utils.k_hop_subgraph` marks all edges of the graph.

    Args:
        edge_index: Sorted edges of a graph, with a known sparse size.
        nodes: Ids of the nodes, ``[n]``.

    Raises:
        ValueError: ``edge_index`` is not sorted or has no sparse size.

    Examples:
        >>> edge_index = EdgeIndex([[1, 5, 2], [0, 0, 3]], sparse_size=(6, 6), sort_order="col")
        >>> part = incoming_edges(edge_index, torch.tensor([0]))
        >>> part.ids, part.place
        (tensor([0, 1, 5]), tensor([0]))
        >>> part.edge_index.as_tensor()
        tensor([[1, 2],
                [0, 0]])
    """
    pointer, source, _ = compressed(edge_index, by_source=False)
    start, end = pointer[nodes].long(), pointer[nodes + 1].long()
    count = end - start
    target = torch.arange(nodes.numel(), device=nodes.device).repeat_interleave(count)
    # Edges of a node lie next to each other: their positions count up from the first one.
    position = torch.arange(target.numel(), device=nodes.device) + (start - (count.cumsum(0) - count))[target]
    ids, place = torch.cat([nodes, source[position].long()]).unique(return_inverse=True)
    edges = torch.stack([place[nodes.numel() :], target])
    size = (ids.numel(), nodes.numel())
    return Neighborhood(ids, place[: nodes.numel()], EdgeIndex(edges, sparse_size=size, sort_order="col"))
