"""SimGCL."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ..graph import JointGraph
from ..nn import UniformNoise
from .contrast import ContrastEncoding, ViewContrast
from .encoding import Batch, Encoding
from .lightgcn import LightGCN


class SimGCL(LightGCN):
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
        super().__init__(num_users, num_items, **kwargs)
        self.noise = UniformNoise(noise_eps)
        self.contrast = ViewContrast(contrast_weight, contrast_temperature, negatives=False)

    def encode(self, graph: JointGraph, embedding: Tensor | None = None) -> Encoding:
        """The clean view; in training, two noisy views beside it."""
        clean = super().encode(graph, embedding)
        if not self.training:
            return clean
        views = (self._view(graph, clean.layers[0]), self._view(graph, clean.layers[0]))
        return ContrastEncoding(clean.user, clean.item, clean.layers, views)

    def _view(self, graph: JointGraph, x: Tensor) -> Tensor:
        layers = [x]
        for _ in range(self.num_layers):
            layers.append(self.noise(self.conv(layers[-1], graph.edge_index, graph.edge_weight)))
        return self.read_out(layers)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """The objective's term, ``l2``, and for an encoding made in training ``contrast``."""
        terms = super().loss(encoding, batch)
        if isinstance(encoding, ContrastEncoding):
            terms["contrast"] = self.contrast(encoding.views, batch, self.num_users)
        return terms
