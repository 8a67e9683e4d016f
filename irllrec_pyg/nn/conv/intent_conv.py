"""Propagation over edges weighted by how well the intents of their two ends agree."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor
from torch_geometric import EdgeIndex
from torch_geometric.typing import Adj, OptTensor, PairTensor, Size
from torch_geometric.utils import scatter

from ..._checks import check_positive
from ...ops import sddmm, spmm
from ...ops.precision import single
from ...ops.sparse import incoming_sum
from ._fused import FusedConv


class IntentConv(FusedConv):
    r"""The intent-aware light convolution with learned edge masks of `"Intent Representation Learning with Large
    Language Model for Recommendation" <https://arxiv.org/abs/2502.03307>`_ (Eq. 11 and 12),

    .. math::
        \mathbf{x}^{\prime}_i = \sum_{j \in \mathcal{N}(i)} M_{ij} \mathbf{x}_j, \qquad
        M_{ij} = \frac{\alpha_{ij}}{\sum_{k \in \mathcal{N}(i)} \alpha_{ik}}, \qquad
        \alpha_{ij} = e_{j,i} \frac{\cos(\mathbf{r}_i, \mathbf{r}_j) + 1}{2} .

    Choose it where neighbors should count by a meaning that they share. An edge whose two ends have opposite intents is
    masked out, and the other neighbors are averaged. The operator has no parameters: it learns through the intents
    :math:`\mathbf{r}`.

    Over an :class:`~torch_geometric.EdgeIndex` sorted by destination, or a sparse ``adj_t`` in CSR form, it runs
    fused: no message is gathered, and memory beyond the outputs is a few numbers per edge.

    Args:
        eps (float, optional): Smallest sum of :math:`\alpha` to divide by. A node whose edges are all masked out
            receives zeros. (default: :obj:`1e-8`)
        **kwargs (optional): Additional arguments of :class:`torch_geometric.nn.conv.MessagePassing`. With another
            :obj:`aggr` than :obj:`"add"`, the masked messages :math:`M_{ij} \mathbf{x}_j` are aggregated by it.

    Raises:
        ValueError: ``eps`` is not above zero, edge weights are given beside a sparse ``adj_t``, or edge weights do not
            match the edges.

    Shapes:
        - **input:** features :math:`(|\mathcal{V}|, F)` or :math:`((|\mathcal{V}_s|, F), (|\mathcal{V}_t|, *))` if
          bipartite, intents :math:`(|\mathcal{V}|, D)` or :math:`((|\mathcal{V}_s|, D), (|\mathcal{V}_t|, D))`,
          edge indices :math:`(2, |\mathcal{E}|)`, edge weights :math:`(|\mathcal{E}|)` *(optional)*
        - **output:** :math:`(|\mathcal{V}|, F)`, or :math:`(|\mathcal{V}_t|, F)` if bipartite, of the type of the
          features. Half precision is computed in single precision.

    Examples:
        >>> conv = IntentConv()
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> conv(torch.randn(3, 8), torch.randn(3, 4), edge_index).shape
        torch.Size([3, 8])
        >>> intent = torch.tensor([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])
        >>> conv.edge_mask(intent, edge_index)  # node 1 listens to node 0, whose intent it shares, not to node 2
        tensor([1., 1., 0., 0.])
    """

    def __init__(self, eps: float = 1e-8, **kwargs: Any) -> None:
        kwargs.setdefault("aggr", "add")
        super().__init__(**kwargs)
        self.eps = check_positive("eps", eps, "it only guards a division; use 1e-8")
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
            x: Features to propagate. If a pair is given, only the features that are sent are read.
            intent: Intents of the nodes, or a pair for the two rows of ``edge_index``.
            edge_index: ``[2, E]`` tensor, :class:`~torch_geometric.EdgeIndex` or transposed sparse adjacency matrix
                (its values are the edge weights).
            edge_weight: Non-negative weights that scale the masks before they are normalized. (default: ones)
            size: Number of nodes for the two rows of ``edge_index``. (default: the sizes of ``intent``)
        """
        sent = x if isinstance(x, Tensor) else x[self.sender]
        pair, size = _pair(intent, size)
        edge_index, edge_weight = self.prepare_edges(edge_index, edge_weight, size, sent)
        value = single(sent)
        alpha = self._mask(pair, edge_index, edge_weight).to(value.dtype)
        return self.propagate(edge_index, x=value, alpha=alpha, size=size).to(sent.dtype)

    def edge_mask(
        self, intent: Tensor | PairTensor, edge_index: Adj, edge_weight: OptTensor = None, size: Size = None
    ) -> Tensor:
        r"""Computes the masks :math:`M_{ij}` alone: the share that each edge has in what its node receives.

        Args:
            intent: Intents of the nodes, or a pair for the two rows of ``edge_index``.
            edge_index: Edges in any form.
            edge_weight: Non-negative weights that scale the masks before they are normalized. (default: ones)
            size: Number of nodes for the two rows of ``edge_index``. (default: the sizes of ``intent``)

        Returns:
            ``[E]``, in the order of ``edge_index`` and of the type of ``intent``.
        """
        pair, size = _pair(intent, size)
        edge_index, edge_weight = self.prepare_edges(edge_index, edge_weight, size, pair[0])
        return self._mask(pair, edge_index, edge_weight).to(pair[0].dtype)

    def edge_update(
        self, unit_j: Tensor, unit_i: Tensor, edge_weight: OptTensor, index: Tensor, size_i: int | None
    ) -> Tensor:
        """Masks of the path that is not fused."""
        agreement = _agreement((unit_j * unit_i).sum(dim=-1), edge_weight)
        total = scatter(agreement, index, dim=0, dim_size=size_i, reduce="sum")
        return agreement / total.clamp(min=self.eps)[index]

    def message(self, x_j: Tensor, alpha: Tensor) -> Tensor:
        """Messages of the path that is not fused. ``alpha`` are the masks, under the name by which
        :class:`~torch_geometric.explain.AttentionExplainer` finds the coefficients of a layer."""
        return alpha.view(-1, 1) * x_j

    def message_and_aggregate(self, adj_t: EdgeIndex, x: Tensor, alpha: Tensor) -> Tensor:
        """Fused form of ``message`` and ``aggregate``."""
        return spmm(adj_t, x, alpha)

    def _mask(self, intent: PairTensor, edge_index: Tensor, edge_weight: OptTensor) -> Tensor:
        unit = F.normalize(single(intent[0]), dim=-1)
        pair = (unit, unit if intent[1] is intent[0] else F.normalize(single(intent[1]), dim=-1))
        if not isinstance(edge_index, EdgeIndex):
            return self.edge_updater(edge_index, unit=pair, edge_weight=edge_weight)
        agreement = _agreement(sddmm(edge_index, *pair), edge_weight)
        total = incoming_sum(edge_index, agreement)
        return agreement / total.clamp(min=self.eps)[edge_index.as_tensor()[1].long()]


def _agreement(cosine: Tensor, edge_weight: OptTensor) -> Tensor:
    # Rounding can put the cosine of opposite intents a little below -1; a mask is never negative.
    alpha = ((cosine + 1.0) / 2.0).clamp(min=0.0)
    return alpha if edge_weight is None else alpha * edge_weight


def _pair(intent: Tensor | PairTensor, size: Size) -> tuple[PairTensor, tuple[int, int]]:
    pair = (intent, intent) if isinstance(intent, Tensor) else intent
    return pair, size or (pair[0].size(0), pair[1].size(0))
