"""Dropped nodes, as edges of weight zero."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch_geometric.utils.num_nodes import maybe_num_nodes


class NodeDrop(nn.Module):
    r"""Drops nodes at random in training, with all their edges: the augmentation *node dropout* of `"Self-supervised
    Graph Learning for Recommendation" <https://arxiv.org/abs/2010.10783>`_ (Eq. 5),

    .. math::
        \tilde{e}_{j,i} = m_j \, m_i \, e_{j,i}, \qquad m \sim \mathrm{Bernoulli}(p) .

    Edges are dropped by weights of zero, as in :class:`EdgeDrop`. A dropped node keeps its own embedding: it neither
    sends nor receives.

    Args:
        keep_rate (float, optional): :math:`p`, the share of nodes kept. (default: :obj:`0.8`)

    Raises:
        ValueError: ``keep_rate`` is not in (0, 1].

    Shapes:
        - **input:** edge indices :math:`(2, |\mathcal{E}|)`, edge weights :math:`(|\mathcal{E}|)`
        - **output:** edge weights :math:`(|\mathcal{E}|)`
    """

    def __init__(self, keep_rate: float = 0.8) -> None:
        super().__init__()
        if not 0.0 < keep_rate <= 1.0:
            raise ValueError(f"'keep_rate' must lie in (0, 1] (got {keep_rate}); use 1 to keep all nodes")
        self.keep_rate = keep_rate

    def forward(self, edge_index: Tensor, edge_weight: Tensor) -> Tensor:
        """Weights of one draw; in evaluation, the weights as they are."""
        if not self.training or self.keep_rate == 1.0:
            return edge_weight
        source, target = edge_index.as_subclass(Tensor)
        kept = torch.rand(maybe_num_nodes(edge_index), device=edge_weight.device) < self.keep_rate
        return edge_weight * (kept[source] & kept[target])

    def __repr__(self) -> str:
        return f"{type(self).__name__}(keep_rate={self.keep_rate})"
