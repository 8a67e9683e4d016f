"""SGL."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ..._checks import check_choice
from ...data import JointGraph
from ...nn import EdgeDrop, NodeDrop
from ..registry import BACKBONES
from .contrast import TwoViewLightGCN

AUGMENTATIONS = ("edge_drop", "node_drop", "random_walk")


@BACKBONES.register("sgl")
class SGL(TwoViewLightGCN):
    r"""The backbone of `"Self-supervised Graph Learning for Recommendation" <https://arxiv.org/abs/2010.10783>`_:
    LightGCN, and the contrast of two views of every node. Each view is encoded over a graph of its own, from which
    edges or nodes were dropped,

    .. math::
        \mathcal{L} = \mathcal{L}_{\text{rank}} + \lambda \sum_{\mathcal{S}} \frac{1}{|\mathcal{S}|}
        \sum_{n \in \mathcal{S}} -\log \frac{\exp(\cos(\mathbf{e}'_n, \mathbf{e}''_n) / \tau)}
        {\sum_{m} \exp(\cos(\mathbf{e}'_n, \mathbf{e}''_m) / \tau)},

    where :math:`\mathcal{S}` is the step's users, its positives and its negatives in turn, and :math:`m` runs over all
    nodes of their side. Ranking reads a third view, from which nothing was dropped.

    Args:
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        augmentation (str, optional): :obj:`"edge_drop"`, :obj:`"node_drop"`, or :obj:`"random_walk"`, which
            drops edges anew in each layer. (default: :obj:`"edge_drop"`)
        keep_rate (float, optional): Share of edges or nodes that a view keeps. (default: :obj:`0.8`)
        contrast_weight (float, optional): :math:`\lambda`; 0 leaves the contrast out.
            (default: :obj:`0.1`)
        contrast_temperature (float, optional): Temperature :math:`\tau`. (default: :obj:`0.2`)
        **kwargs (optional): Additional arguments of :class:`~irllrec_pyg.models.LightGCN`.

    Raises:
        ValueError: An argument is out of its range; the message names it.

    Examples:
        >>> from irllrec_pyg.data import JointGraph
        >>> from irllrec_pyg.testing import tiny_batch, tiny_data
        >>> data = tiny_data()
        >>> model = SGL(24, 20)
        >>> sorted(model(JointGraph.from_data(data), tiny_batch(data)))
        ['bpr', 'contrast', 'l2']
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        *,
        augmentation: str = "edge_drop",
        keep_rate: float = 0.8,
        contrast_weight: float = 0.1,
        contrast_temperature: float = 0.2,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_users, num_items, contrast_weight, contrast_temperature, contrast_negatives=True, **kwargs)
        check_choice("augmentation", augmentation, AUGMENTATIONS)
        self.augmentation = augmentation
        self.augment = NodeDrop(keep_rate) if augmentation == "node_drop" else EdgeDrop(keep_rate)

    def view(self, graph: JointGraph, clean: list[Tensor]) -> Tensor:
        """Encodes the nodes over a graph from which edges or nodes were dropped."""
        layers = [clean[0]]
        for layer in range(self.num_layers):
            if layer == 0 or self.augmentation == "random_walk":
                weight = self.augment(graph.edge_index, graph.edge_weight)
            layers.append(self.conv(layers[-1], graph.edge_index, weight))
        return self.read_out(layers)
