"""SimGCL."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ...data import JointGraph
from ...nn import UniformNoise
from .contrast import TwoViewLightGCN
from ..registry import BACKBONES


@BACKBONES.register("simgcl")
class SimGCL(TwoViewLightGCN):
    r"""The backbone of `"Are Graph Augmentations Necessary? Simple Graph Contrastive Learning for Recommendation"
    <https://arxiv.org/abs/2112.08679>`_: LightGCN, and the contrast of two views of every node whose layers carry noise
    (:class:`~irllrec_pyg.nn.UniformNoise`) rather than fewer edges. The contrast is that of
    :class:`~irllrec_pyg.models.SGL`, over the step's users and positives; its negatives are not contrasted.

    Args:
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        noise_eps (float, optional): Length of the noise after every layer. (default: :obj:`0.1`)
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
        """With noise after every layer."""
        layers = [clean[0]]
        for hop in range(self.num_layers):
            if hop == 0 and self.edge_drop.keep_rate == 1.0:  # before the first noise all views are one
                x = clean[1]
            else:
                x = self.conv(layers[-1], graph.edge_index, graph.edge_weight)
            layers.append(self.noise(x))
        return self.read_out(layers)
