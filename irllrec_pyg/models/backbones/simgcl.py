"""SimGCL."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ...data import JointGraph
from ...nn import UniformNoise
from ..registry import BACKBONES
from .contrast import TwoViewLightGCN


@BACKBONES.register("simgcl")
class SimGCL(TwoViewLightGCN):
    r"""The backbone of `"Are Graph Augmentations Necessary? Simple Graph Contrastive Learning for Recommendation"
    <https://arxiv.org/abs/2112.08679>`_: LightGCN, and the contrast of two views of every node, with noise after every
    layer (:class:`~irllrec_pyg.nn.UniformNoise`) in place of dropped edges. The contrast is that of
    :class:`~irllrec_pyg.models.SGL`, over the step's users and positives; its negatives are not contrasted.

    Choose it over SGL where training time counts: both views share the graph, and their first layer.

    Args:
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        noise_eps (float, optional): Length of the noise after every layer. (default: :obj:`0.1`)
        contrast_weight (float, optional): Weight :math:`\lambda` of the contrast; 0 leaves it out.
            (default: :obj:`0.1`)
        contrast_temperature (float, optional): Temperature :math:`\tau`. (default: :obj:`0.2`)
        **kwargs (optional): Additional arguments of :class:`~irllrec_pyg.models.LightGCN`.

    Raises:
        ValueError: An argument is out of its range; the message names it.

    Examples:
        >>> from irllrec_pyg.data import JointGraph
        >>> from irllrec_pyg.testing import tiny_batch, tiny_data
        >>> data = tiny_data()
        >>> model = SimGCL(24, 20)
        >>> sorted(model(JointGraph.from_data(data), tiny_batch(data)))
        ['bpr', 'contrast', 'l2']
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        *,
        noise_eps: float = 0.1,
        contrast_weight: float = 0.1,
        contrast_temperature: float = 0.2,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            num_users, num_items, contrast_weight, contrast_temperature, contrast_negatives=False, **kwargs
        )
        self.noise = UniformNoise(noise_eps)

    def view(self, graph: JointGraph, clean: list[Tensor]) -> Tensor:
        """Encodes the nodes with noise after every layer."""
        layers = [clean[0]]
        for hop in range(self.num_layers):
            if hop == 0 and self.edge_drop.keep_rate == 1.0:  # before the first noise all views are equal
                x = clean[1]
            else:
                x = self.conv(layers[-1], graph.edge_index, graph.edge_weight)
            layers.append(self.noise(x))
        return self.read_out(layers)
