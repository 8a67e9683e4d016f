"""LightGCN's convolution with a fused path over ``EdgeIndex``."""

from __future__ import annotations

from typing import Final

from torch import Tensor
from torch_geometric import EdgeIndex
from torch_geometric.nn import LGConv
from torch_geometric.typing import Adj, OptTensor
from torch_geometric.utils import spmm as spmm_adj

from ...ops import spmm
from ._fused import fused_or_plain


class LightConv(LGConv):
    r"""The light graph convolution of `"LightGCN: Simplifying and Powering Graph Convolution Network for
    Recommendation" <https://arxiv.org/abs/2002.02126>`_, Eq. 8 of the IRLLRec paper,

    .. math::
        \mathbf{x}^{\prime}_i = \sum_{j \in \mathcal{N}(i)}
        \frac{e_{j,i}}{\sqrt{\deg(i)\deg(j)}} \mathbf{x}_j .

    It is :class:`torch_geometric.nn.LGConv`, and one thing more: over an :class:`~torch_geometric.EdgeIndex` sorted by
    destination, edge weights take PyG's fused path, which gathers no messages, with gradients in features and
    weights.

    Args:
        normalize (bool, optional): If :obj:`False`, the given edge weights are used as they are; weights that were
            normalised once, as :class:`~irllrec_pyg.graph.JointGraph` does, save that cost in every step.
            (default: :obj:`True`)
        **kwargs (optional): Additional arguments of :class:`torch_geometric.nn.conv.MessagePassing`.

    Shapes:
        - **input:** node features :math:`(|\mathcal{V}|, F)`, edge indices :math:`(2, |\mathcal{E}|)`,
          edge weights :math:`(|\mathcal{E}|)` *(optional)*
        - **output:** node features :math:`(|\mathcal{V}|, F)`
    """

    SUPPORTS_FUSED_EDGE_INDEX: Final[bool] = True

    def forward(self, x: Tensor, edge_index: Adj, edge_weight: OptTensor = None) -> Tensor:
        """See :class:`torch_geometric.nn.LGConv`."""
        return super().forward(x, fused_or_plain(edge_index, (x.size(0), x.size(0))), edge_weight)

    def message_and_aggregate(self, adj_t: Adj, x: Tensor, edge_weight: OptTensor) -> Tensor:
        """Fused form of ``message`` and ``aggregate``."""
        if isinstance(adj_t, EdgeIndex):
            return spmm(adj_t, x, edge_weight)
        return spmm_adj(adj_t, x, reduce="sum")
