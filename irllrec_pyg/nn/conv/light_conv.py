"""LightGCN's convolution with a fused path over ``EdgeIndex``."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch_geometric import EdgeIndex
from torch_geometric.nn.conv.gcn_conv import gcn_norm
from torch_geometric.typing import Adj, OptPairTensor, OptTensor, Size

from ...ops import spmm
from ...ops.precision import single
from ._fused import FusedConv


class LightConv(FusedConv):
    r"""The light graph convolution of `"LightGCN: Simplifying and Powering Graph Convolution Network for
    Recommendation" <https://arxiv.org/abs/2002.02126>`_, Eq. 8 of the IRLLRec paper,

    .. math::
        \mathbf{x}^{\prime}_i = \sum_{j \in \mathcal{N}(i)}
        \frac{e_{j,i}}{\sqrt{\deg(i)\deg(j)}} \mathbf{x}_j .

    Choose it over :class:`torch_geometric.nn.LGConv`, which computes the same, for large graphs: over an
    :class:`~torch_geometric.EdgeIndex` sorted by destination it gathers no messages, with gradients with respect to
    features and weights. A sparse ``adj_t`` is read as edges and weights.

    Args:
        normalize (bool, optional): If set to :obj:`False`, the given edge weights are used as they are. Weights that
            are normalized once, as in :class:`~irllrec_pyg.data.JointGraph`, save that cost in every step.
            (default: :obj:`True`)
        **kwargs (optional): Additional arguments of :class:`torch_geometric.nn.conv.MessagePassing`.

    Raises:
        ValueError: Edge weights are given beside a sparse ``adj_t`` or do not match the edges, or ``normalize`` is set
            for a bipartite graph.

    Shapes:
        - **input:** node features :math:`(|\mathcal{V}|, F)`, or :math:`((|\mathcal{V}_s|, F), (|\mathcal{V}_t|, *))`
          if bipartite, edge indices :math:`(2, |\mathcal{E}|)`, edge weights :math:`(|\mathcal{E}|)` *(optional)*
        - **output:** node features :math:`(|\mathcal{V}|, F)`, or :math:`(|\mathcal{V}_t|, F)` if bipartite, of the
          type of the input. Half precision is summed in single precision.

    Examples:
        >>> conv = LightConv()
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> conv(torch.randn(3, 8), edge_index).shape
        torch.Size([3, 8])
    """

    def __init__(self, normalize: bool = True, **kwargs: Any) -> None:
        kwargs.setdefault("aggr", "add")
        super().__init__(**kwargs)
        self.normalize = normalize
        self.reset_parameters()

    def forward(
        self, x: Tensor | OptPairTensor, edge_index: Adj, edge_weight: OptTensor = None, size: Size = None
    ) -> Tensor:
        """Runs the operator; see the class for shapes.

        Args:
            x: Node features, or a pair for the two rows of ``edge_index``. Only the features that are sent are read.
            edge_index: ``[2, E]`` tensor, :class:`~torch_geometric.EdgeIndex` or transposed sparse adjacency matrix
                (its values are the edge weights).
            edge_weight: One weight per edge. (default: ones)
            size: Number of nodes for the two rows of ``edge_index``. (default: the sizes of ``x``)
        """
        pair = (x, x) if isinstance(x, Tensor) else x
        sent = pair[self.sender]
        if sent is None:
            raise ValueError(f"'x' must hold the features that are sent: x[{self.sender}] is None")
        count = sent.shape[self.node_dim]
        size = size or (_count(pair[0], self.node_dim, count), _count(pair[1], self.node_dim, count))
        edge_index, edge_weight = self.prepare_edges(edge_index, edge_weight, size, sent)
        value = single(sent)
        if edge_weight is not None:
            edge_weight = edge_weight.to(value.dtype)
        if self.normalize:
            if pair[0] is not pair[1]:
                raise ValueError(
                    "'normalize' needs one set of nodes, but 'x' is a pair; use LightConv(normalize=False) and pass "
                    "normalized edge weights"
                )
            # Without self-loops the edges stay. Older versions of PyTorch add up by indices of 64 bits only.
            plain = edge_index.as_tensor().long() if isinstance(edge_index, EdgeIndex) else edge_index
            settings = {"add_self_loops": False, "flow": self.flow, "dtype": value.dtype}
            _, edge_weight = gcn_norm(plain, edge_weight, count, **settings)
        return self.propagate(edge_index, x=value, edge_weight=edge_weight, size=size).to(sent.dtype)

    def message(self, x_j: Tensor, edge_weight: OptTensor) -> Tensor:
        """Messages of the path that is not fused."""
        return x_j if edge_weight is None else edge_weight.view(-1, 1) * x_j

    def message_and_aggregate(self, adj_t: EdgeIndex, x: Tensor, edge_weight: OptTensor) -> Tensor:
        """Fused form of ``message`` and ``aggregate``."""
        return spmm(adj_t, x, edge_weight)


def _count(x: Tensor | None, dim: int, default: int) -> int:
    return default if x is None else x.shape[dim]
