"""Node dropout by edge weights of zero."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch_geometric.utils.num_nodes import maybe_num_nodes

from .._checks import check_keep_rate
from .._plain import plain


class NodeDrop(nn.Module):
    r"""Drops nodes with all their edges at random during training, the augmentation *node dropout* of `"Self-supervised
    Graph Learning for Recommendation" <https://arxiv.org/abs/2010.10783>`_ (Eq. 5),

    .. math::
        \tilde{e}_{j,i} = m_j \, m_i \, e_{j,i}, \qquad m \sim \mathrm{Bernoulli}(p) .

    Edges are dropped by weights of zero, as in :class:`EdgeDrop`. A dropped node keeps its own embedding: it neither
    sends nor receives.

    Args:
        keep_rate (float, optional): :math:`p`, the share of nodes to keep. (default: :obj:`0.8`)

    Raises:
        ValueError: ``keep_rate`` is not in (0, 1].

    Shapes:
        - **input:** edge indices :math:`(2, |\mathcal{E}|)` of one set of nodes, edge weights :math:`(|\mathcal{E}|)`
        - **output:** edge weights :math:`(|\mathcal{E}|)`

    Examples:
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> weight = NodeDrop(keep_rate=0.5)(edge_index, torch.ones(4))
        >>> bool(weight[0] == weight[1])  # both directions of an edge are dropped together
        True
    """

    def __init__(self, keep_rate: float = 0.8) -> None:
        super().__init__()
        self.keep_rate = check_keep_rate("keep_rate", keep_rate, "use 1 to keep all nodes")

    def forward(self, edge_index: Tensor, edge_weight: Tensor) -> Tensor:
        """Returns the weights with some set to zero; in evaluation mode, the weights as they are.

        Args:
            edge_index: Edges of one set of nodes.
            edge_weight: One weight per edge.
        """
        if not self.training or self.keep_rate == 1.0:
            return edge_weight
        source, target = plain(edge_index).long()
        kept = torch.rand(maybe_num_nodes(edge_index), device=edge_weight.device) < self.keep_rate
        return edge_weight * (kept[source] & kept[target])

    def __repr__(self) -> str:
        return f"{type(self).__name__}(keep_rate={self.keep_rate})"
