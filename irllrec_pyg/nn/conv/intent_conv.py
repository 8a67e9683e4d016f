"""Propagation over edges weighted by how well the intents of their two ends agree."""

from __future__ import annotations

from typing import Any, Final

import torch.nn.functional as F
from torch import Tensor
from torch_geometric import EdgeIndex
from torch_geometric.nn import MessagePassing
from torch_geometric.typing import Adj, OptPairTensor, OptTensor, PairTensor, Size
from torch_geometric.utils import scatter, segment

from ...ops import sddmm, spmm
from ._fused import from_adjacency, fused_or_plain


class IntentConv(MessagePassing):
    r"""The intent-aware light convolution with learned edge masks of `"Intent Representation Learning with Large
    Language Model for Recommendation" <https://arxiv.org/abs/2502.03307>`_ (Eq. 11 and 12),

    .. math::
        \mathbf{x}^{\prime}_i = \sum_{j \in \mathcal{N}(i)} M_{ij} \mathbf{x}_j, \qquad
        M_{ij} = \frac{\alpha_{ij}}{\sum_{k \in \mathcal{N}(i)} \alpha_{ik}}, \qquad
        \alpha_{ij} = e_{j,i} \frac{\cos(\mathbf{r}_i, \mathbf{r}_j) + 1}{2} .

    An edge whose two ends share no intent is masked out; what is left is averaged. The operator has no parameters:
    it learns through the intents :math:`\mathbf{r}` it is given.

    Over an :class:`~torch_geometric.EdgeIndex` sorted by destination, or a sparse ``adj_t`` in CSR form, it runs
    fused: no message is ever gathered, and memory beyond the outputs is a few numbers an edge.

    Args:
        eps (float, optional): Least sum of :math:`\alpha` to divide by; a node all of whose edges are masked out
            receives zeros. (default: :obj:`1e-8`)
        **kwargs (optional): Additional arguments of :class:`torch_geometric.nn.conv.MessagePassing`.

    Shapes:
        - **input:** features :math:`(|\mathcal{V}|, F)` or :math:`((|\mathcal{V}_s|, F), (|\mathcal{V}_t|, *))` if
          bipartite, intents :math:`(|\mathcal{V}|, D)` or :math:`((|\mathcal{V}_s|, D), (|\mathcal{V}_t|, D))`,
          edge indices :math:`(2, |\mathcal{E}|)`, edge weights :math:`(|\mathcal{E}|)` *(optional)*
        - **output:** :math:`(|\mathcal{V}|, F)`, or :math:`(|\mathcal{V}_t|, F)` if bipartite

    Examples:
        >>> conv = IntentConv()
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> conv(torch.randn(3, 8), torch.randn(3, 4), edge_index).shape
        torch.Size([3, 8])
    """

    SUPPORTS_FUSED_EDGE_INDEX: Final[bool] = True

    def __init__(self, eps: float = 1e-8, **kwargs: Any) -> None:
        kwargs.setdefault("aggr", "add")
        super().__init__(**kwargs)
        self.eps = eps
        self.reset_parameters()

    def forward(
        self,
        x: Tensor | PairTensor,
        intent: Tensor | PairTensor,
        edge_index: Adj,
        edge_weight: OptTensor = None,
        size: Size = None,
    ) -> Tensor:
        """Runs the operator; see the class for shapes.

        Args:
            x: What is propagated; of a pair, only the source side is read.
            intent: Intents of the nodes.
            edge_index: ``[2, E]`` tensor, :class:`~torch_geometric.EdgeIndex` or transposed sparse adjacency matrix
                (its values are the edge weights).
            edge_weight: Non-negative weights that scale the masks before they are normalised. (default: ones)
            size: Number of source and of target nodes; read off ``intent`` where not given.
        """
        if isinstance(intent, Tensor):
            intent = (intent, intent)
        source = x if isinstance(x, Tensor) else x[0]
        size = size or (intent[0].size(0), intent[1].size(0))
        edge_index, edge_weight = self._edges(edge_index, edge_weight, size)
        mask = self.edge_mask(intent, edge_index, edge_weight, size)
        # propagate_type: (x: OptPairTensor, mask: Tensor)
        return self.propagate(edge_index, x=(source, None), mask=mask, size=size)

    def edge_mask(
        self, intent: Tensor | PairTensor, edge_index: Adj, edge_weight: OptTensor = None, size: Size = None
    ) -> Tensor:
        r"""The masks :math:`M_{ij}` alone, ``[E]`` in the order of ``edge_index``: how much of what each node receives
        comes over which edge. See :meth:`forward` for the arguments."""
        if isinstance(intent, Tensor):
            intent = (intent, intent)
        size = size or (intent[0].size(0), intent[1].size(0))
        edge_index, edge_weight = self._edges(edge_index, edge_weight, size)
        unit = F.normalize(intent[0], dim=-1)
        pair = (unit, unit if intent[1] is intent[0] else F.normalize(intent[1], dim=-1))
        if isinstance(edge_index, EdgeIndex):
            alpha = self._alpha(sddmm(edge_index, *pair), edge_weight)
            (ptr, _), _ = edge_index.get_csc()
            total = segment(alpha, ptr, reduce="sum")
            return alpha / total.clamp(min=self.eps)[edge_index.as_tensor()[1]]
        # edge_updater_type: (unit: PairTensor, edge_weight: OptTensor)
        return self.edge_updater(edge_index, unit=pair, edge_weight=edge_weight, size=size)

    def edge_update(
        self, unit_j: Tensor, unit_i: Tensor, edge_weight: OptTensor, index: Tensor, size_i: int | None
    ) -> Tensor:
        """The unfused masks."""
        alpha = self._alpha((unit_j * unit_i).sum(dim=-1), edge_weight)
        total = scatter(alpha, index, dim=0, dim_size=size_i, reduce="sum")
        return alpha / total.clamp(min=self.eps)[index]

    def message(self, x_j: Tensor, mask: Tensor) -> Tensor:
        """Messages of the unfused path."""
        return mask.view(-1, 1) * x_j

    def message_and_aggregate(self, adj_t: EdgeIndex, x: OptPairTensor, mask: Tensor) -> Tensor:
        """Fused form of ``message`` and ``aggregate``."""
        return spmm(adj_t, x[0], mask)

    @staticmethod
    def _alpha(cosine: Tensor, edge_weight: OptTensor) -> Tensor:
        # Rounding can put the cosine of opposite intents a little below -1; a mask is never negative.
        alpha = ((cosine + 1.0) / 2.0).clamp(min=0.0)
        return alpha if edge_weight is None else alpha * edge_weight

    def _edges(self, edge_index: Adj, edge_weight: OptTensor, size: tuple[int, int]) -> tuple[Adj, OptTensor]:
        edge_index, edge_weight = from_adjacency(edge_index, edge_weight)
        if self.flow != "source_to_target" or not self.fuse or self.explain:
            return edge_index.as_tensor() if isinstance(edge_index, EdgeIndex) else edge_index, edge_weight
        return fused_or_plain(edge_index, size), edge_weight
