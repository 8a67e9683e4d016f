"""Dropped edges, as weights of zero."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class EdgeDrop(nn.Module):
    r"""Drops edges at random in training, the augmentation *edge dropout* of `"Self-supervised Graph Learning for
    Recommendation" <https://arxiv.org/abs/2010.10783>`_ (Eq. 6),

    .. math::
        \tilde{e}_{j,i} = m_{ji} \, e_{j,i}, \qquad m_{ji} \sim \mathrm{Bernoulli}(p) .

    An edge is dropped by a weight of zero, not removed as by :func:`torch_geometric.utils.dropout_edge`: the graph
    keeps its structure, its caches and its normalisation. The two directions of an edge are dropped independently.

    Args:
        keep_rate (float, optional): :math:`p`, the share of edges kept. (default: :obj:`0.8`)
        rescale (bool, optional): If :obj:`True`, kept edges weigh :math:`1 / p` more, so that the expected message is
            that of evaluation; published graph recommenders do not. (default: :obj:`False`)

    Raises:
        ValueError: ``keep_rate`` is not in (0, 1].

    Shapes:
        - **input:** edge indices :math:`(2, |\mathcal{E}|)`, edge weights :math:`(|\mathcal{E}|)`
        - **output:** edge weights :math:`(|\mathcal{E}|)`
    """

    def __init__(self, keep_rate: float = 0.8, rescale: bool = False) -> None:
        super().__init__()
        if not 0.0 < keep_rate <= 1.0:
            raise ValueError(f"'keep_rate' must lie in (0, 1] (got {keep_rate}); use 1 to keep all edges")
        self.keep_rate, self.rescale = keep_rate, rescale

    def forward(self, edge_index: Tensor, edge_weight: Tensor) -> Tensor:
        """Weights of one draw; in evaluation, the weights as they are."""
        if not self.training or self.keep_rate == 1.0:
            return edge_weight
        kept = edge_weight * (torch.rand_like(edge_weight) < self.keep_rate)
        return kept / self.keep_rate if self.rescale else kept

    def __repr__(self) -> str:
        return f"{type(self).__name__}(keep_rate={self.keep_rate}, rescale={self.rescale})"
