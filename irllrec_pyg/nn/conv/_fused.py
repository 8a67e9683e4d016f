"""Base class of convolutions with a fused path, and the forms of edges that they accept."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch_geometric import EdgeIndex
from torch_geometric.nn import MessagePassing
from torch_geometric.typing import Adj, OptTensor, SparseTensor
from torch_geometric.utils import is_sparse, to_edge_index

_INT_TYPES = (torch.uint8, torch.int8, torch.int16, torch.int32)


class FusedConv(MessagePassing):
    """Base class of a convolution that gathers no messages where it can avoid it.

    A subclass implements ``message`` and ``message_and_aggregate``, and passes its edges through :meth:`prepare_edges`.
    The result is the same in every form of the edges: the fused path only runs where it computes the same.

    Args:
        **kwargs (optional): Additional arguments of :class:`torch_geometric.nn.conv.MessagePassing`.
    """

    SUPPORTS_FUSED_EDGE_INDEX = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # PyG writes generated versions of `propagate` and `edge_updater` into a class when its first object is created,
        # and subclasses inherit them. Generated code does not know explanations, and disagrees with PyG's own methods
        # on pairs of features with `flow="target_to_source"`. PyG generates none for a class that defines the methods.
        for name in ("propagate", "edge_updater"):
            if name not in vars(cls):
                setattr(cls, name, getattr(FusedConv, name))
        if {"message", "aggregate"} & set(vars(cls)) and "message_and_aggregate" not in vars(cls):
            cls.SUPPORTS_FUSED_EDGE_INDEX = False  # the inherited fused path computes something else

    def propagate(self, edge_index: Adj, size: tuple[int, int] | None = None, **kwargs: Any) -> Tensor:
        """See :meth:`torch_geometric.nn.conv.MessagePassing.propagate`."""
        return super().propagate(edge_index, size=size, **kwargs)

    def edge_updater(self, edge_index: Adj, size: tuple[int, int] | None = None, **kwargs: Any) -> Tensor:
        """See :meth:`torch_geometric.nn.conv.MessagePassing.edge_updater`."""
        return super().edge_updater(edge_index, size=size, **kwargs)

    @property
    def sender(self) -> int:
        """Row of ``edge_index`` that holds the nodes whose features are sent."""
        return 0 if self.flow == "source_to_target" else 1

    def prepare_edges(
        self, edge_index: Adj, edge_weight: OptTensor, size: tuple[int, int], x: Tensor
    ) -> tuple[Tensor, OptTensor]:
        """Converts edges to an ``EdgeIndex`` if the fused path can run over them, and to a ``[2, E]`` tensor otherwise.

        Args:
            edge_index: Any form of edges.
            edge_weight: One weight per edge. (optional)
            size: Number of nodes on either side of the edges.
            x: The features that are sent.

        Raises:
            ValueError: Weights are given twice or do not match the edges, an adjacency matrix does not match ``size``,
                or ``x`` is not a floating point tensor.
        """
        if not x.is_floating_point():
            raise ValueError(f"'x' must be a floating point tensor (got {x.dtype}); convert it with x.float()")
        edge_index, edge_weight = from_adjacency(edge_index, edge_weight, size)
        if edge_weight is not None:
            if edge_weight.numel() != edge_index.size(1):
                raise ValueError(
                    f"'edge_weight' must have one value per edge (got {list(edge_weight.shape)} for "
                    f"{edge_index.size(1)} edges)"
                )
            if (
                edge_weight.dim() > 1
            ):  # the kernels recognize constant weights by the tensor, so no view of them is made
                edge_weight = edge_weight.view(-1)
        if isinstance(edge_index, EdgeIndex):
            if self._runs_fused() and edge_index.is_sorted_by_col and edge_index.sparse_size() == size and x.dim() == 2:
                return edge_index, edge_weight
            edge_index = edge_index.as_tensor()
        return edge_index.long() if edge_index.dtype in _INT_TYPES else edge_index, edge_weight

    def _runs_fused(self) -> bool:
        """Whether nothing that was asked for needs single messages: another aggregation, an explanation, a hook."""
        hooks = (
            self._message_forward_pre_hooks,
            self._message_forward_hooks,
            self._aggregate_forward_pre_hooks,
            self._aggregate_forward_hooks,
        )
        asked = self.explain or any(hooks) or torch.compiler.is_compiling()  # the kernels cannot be traced
        able = self.fuse and self.SUPPORTS_FUSED_EDGE_INDEX
        return bool(able) and self.flow == "source_to_target" and self.aggr in ("add", "sum") and not asked


def from_adjacency(adj_t: Adj, edge_weight: OptTensor, size: tuple[int, int]) -> tuple[Tensor, OptTensor]:
    """Edges and weights of a transposed sparse adjacency matrix. Any other form is returned unchanged.

    Args:
        adj_t: A form of edges; of a sparse matrix, the entry ``[i, j]`` is the edge from ``j`` to ``i``.
        edge_weight: Weights given beside it.
        size: Number of nodes on either side of the edges.

    Raises:
        ValueError: Weights are given twice, as the matrix's values and as ``edge_weight``, or the matrix does not match
            ``size``.
    """
    if not is_sparse(adj_t):
        return adj_t, edge_weight
    if edge_weight is not None:
        raise ValueError(
            "'edge_weight' is given beside a sparse 'adj_t', whose values already are the weights; drop one"
        )
    num_dst, num_src = int(adj_t.size(0)), int(adj_t.size(1))
    if (num_src, num_dst) != size:
        raise ValueError(
            f"'adj_t' must be [{size[1]}, {size[0]}] for these nodes (got [{num_dst}, {num_src}]); "
            "transpose it, or pass the features that belong to it"
        )
    layout = None if isinstance(adj_t, SparseTensor) else adj_t.layout
    if layout == torch.sparse_coo:  # PyG's conversion neither sorts the entries nor has a gradient
        adj_t = adj_t.coalesce()
        index, value = adj_t.indices(), adj_t.values()
    else:
        index, value = to_edge_index(adj_t)
    order = "row" if layout == torch.sparse_csc else "col"
    return EdgeIndex(index.flip(0).contiguous(), sparse_size=size, sort_order=order), value
