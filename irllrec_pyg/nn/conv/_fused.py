"""When a convolution may take its fused path, and the forms of an edge index that lead there."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric import EdgeIndex
from torch_geometric.typing import Adj, OptTensor
from torch_geometric.utils import is_sparse, to_edge_index


def fused_or_plain(edge_index: Adj, size: tuple[int, int]) -> Adj:
    """Returns ``edge_index`` itself where the fused kernels can use it, a plain ``[2, E]`` tensor otherwise.

    The kernels need edges sorted by destination and a sparse size that agrees with the features; ``torch.compile``
    cannot trace them.

    Args:
        edge_index: Any form of edges.
        size: Number of source and of destination nodes.
    """
    if not isinstance(edge_index, EdgeIndex):
        return edge_index
    fused = edge_index.is_sorted_by_col and edge_index.sparse_size() == size and not torch.compiler.is_compiling()
    return edge_index if fused else edge_index.as_tensor()


def from_adjacency(adj_t: Adj, edge_weight: OptTensor) -> tuple[Tensor, OptTensor]:
    """Edges and weights of a transposed sparse adjacency matrix; any other form passes through unchanged.

    Raises:
        ValueError: Weights are given twice, as the matrix's values and as ``edge_weight``.
    """
    if not is_sparse(adj_t):
        return adj_t, edge_weight
    if edge_weight is not None:
        raise ValueError(
            "'edge_weight' is given beside a sparse 'adj_t', whose values already are the weights; drop one"
        )
    index, value = to_edge_index(adj_t)
    order = "col" if getattr(adj_t, "layout", None) == torch.sparse_csr else None
    num_dst, num_src = int(adj_t.size(0)), int(adj_t.size(1))
    return EdgeIndex(index.flip(0).contiguous(), sparse_size=(num_src, num_dst), sort_order=order), value
