"""Edge dropout by weights of zero."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .._checks import check_keep_rate
from ..ops.precision import single


class EdgeDrop(nn.Module):
    r"""Drops edges at random during training, the augmentation *edge dropout* of `"Self-supervised Graph Learning for
    Recommendation" <https://arxiv.org/abs/2010.10783>`_ (Eq. 6),

    .. math::
        \tilde{e}_{j,i} = m_{ji} \, e_{j,i}, \qquad m_{ji} \sim \mathrm{Bernoulli}(p) .

    A dropped edge gets a weight of zero. It is not removed as in :func:`torch_geometric.utils.dropout_edge`: the graph
    keeps its structure, its caches and its normalization. The two directions of an edge are dropped independently.

    Args:
        keep_rate (float, optional): :math:`p`, the share of edges to keep. (default: :obj:`0.8`)
        rescale (bool, optional): If set to :obj:`True`, kept edges are multiplied by :math:`1 / p`, so that the
            expected message is that of evaluation. Published graph recommenders do not. (default: :obj:`False`)

    Raises:
        ValueError: ``keep_rate`` is not in (0, 1].

    Shapes:
        - **input:** edge indices :math:`(2, |\mathcal{E}|)`, edge weights :math:`(|\mathcal{E}|)`
        - **output:** edge weights :math:`(|\mathcal{E}|)`

    Examples:
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> weight = EdgeDrop(keep_rate=0.5)(edge_index, torch.ones(4))
        >>> weight.shape, set(weight.tolist()) <= {0.0, 1.0}
        (torch.Size([4]), True)
    """

    def __init__(self, keep_rate: float = 0.8, rescale: bool = False) -> None:
        super().__init__()
        self.keep_rate = check_keep_rate("keep_rate", keep_rate, "use 1 to keep all edges")
        self.rescale = rescale

    def forward(self, edge_index: Tensor, edge_weight: Tensor) -> Tensor:
        """Returns the weights with some set to zero; in evaluation mode, the weights as they are.

        Args:
            edge_index: Edges. Not read, but accepted so that this module and :class:`NodeDrop` can be exchanged.
            edge_weight: One weight per edge.
        """
        if not self.training or self.keep_rate == 1.0:
            return edge_weight
        kept = edge_weight * (torch.rand_like(single(edge_weight)) < self.keep_rate)
        return kept / self.keep_rate if self.rescale else kept

    def __repr__(self) -> str:
        return f"{type(self).__name__}(keep_rate={self.keep_rate}, rescale={self.rescale})"
