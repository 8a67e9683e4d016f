"""SGL."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ...data import JointGraph
from ...nn import EdgeDrop, NodeDrop
from .contrast import TwoViewLightGCN
from ..registry import BACKBONES

AUGMENTATIONS = ("edge_drop", "node_drop", "random_walk")


@BACKBONES.register("sgl")
class SGL(TwoViewLightGCN):
    r"""The backbone of `"Self-supervised Graph Learning for Recommendation" <https://arxiv.org/abs/2010.10783>`_:
    LightGCN, and the contrast of two views of every node, each encoded over a graph of its own from which edges or
    nodes were dropped,

    .. math::
        \mathcal{L} = \mathcal{L}_{\text{rank}} + \lambda \sum_{\mathcal{S}} \frac{1}{|\mathcal{S}|}
        \sum_{n \in \mathcal{S}} -\log \frac{\exp(\cos(\mathbf{e}'_n, \mathbf{e}''_n) / \tau)}
        {\sum_{m} \exp(\cos(\mathbf{e}'_n, \mathbf{e}''_m) / \tau)},

    where :math:`\mathcal{S}` are the step's users, its positives and its negatives in turn, and :math:`m` runs over all
    nodes of their side. Ranking reads a third, clean view.

    Args:
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        augmentation (str, optional): :obj:`"edge_drop"`, :obj:`"node_drop"`, or :obj:`"random_walk"`, which drops
            other edges in each layer. (default: :obj:`"edge_drop"`)
        keep_rate (float, optional): Share of edges or nodes that a view keeps. (default: :obj:`0.8`)
        contrast_weight (float, optional): :math:`\lambda`. (default: :obj:`0.1`)
        contrast_temperature (float, optional): :math:`\tau`. (default: :obj:`0.2`)
        **kwargs (optional): As for :class:`~irllrec_pyg.models.LightGCN`.

    Raises:
        ValueError: An argument is out of its range; the message names it.
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
        if augmentation not in AUGMENTATIONS:
            raise ValueError(f"'augmentation' must be one of {AUGMENTATIONS} (got {augmentation!r})")
        self.augmentation = augmentation
        self.augment = NodeDrop(keep_rate) if augmentation == "node_drop" else EdgeDrop(keep_rate)

    def view(self, graph: JointGraph, clean: list[Tensor]) -> Tensor:
        """Over a graph from which edges or nodes were dropped."""
        layers = [clean[0]]
        for layer in range(self.num_layers):
            if layer == 0 or self.augmentation == "random_walk":
                weight = self.augment(graph.edge_index, graph.edge_weight)
            layers.append(self.conv(layers[-1], graph.edge_index, weight))
        return self.read_out(layers)
