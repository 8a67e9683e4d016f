"""What backbones that contrast views of nodes share."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ...data import JointGraph
from ...losses import info_nce
from ..encoding import Batch, Encoding
from .lightgcn import LightGCN


@dataclass
class ContrastEncoding(Encoding):
    """An encoding with two perturbed views of all nodes beside it; made in training only.

    Args:
        views: Final joint embeddings of both views, ``[M + N, d]`` each.
    """

    views: tuple[Tensor, Tensor]


class ViewContrast(nn.Module):
    r"""InfoNCE of the step's nodes in one view against *all* nodes of their side in the other,

    .. math::
        \lambda \sum_{\mathcal{S}} \frac{1}{|\mathcal{S}|} \sum_{n \in \mathcal{S}}
        -\log \frac{\exp(\cos(\mathbf{e}'_n, \mathbf{e}''_n) / \tau)}
        {\sum_{m} \exp(\cos(\mathbf{e}'_n, \mathbf{e}''_m) / \tau)},

    where :math:`\mathcal{S}` are the batch's users, its positives, and its negatives if they are contrasted too.
    A node that a batch holds more than once counts more, and is computed once.

    Args:
        weight: :math:`\lambda`.
        temperature: :math:`\tau`.
        negatives: Whether negatives are contrasted.

    Raises:
        ValueError: ``weight`` is negative, or ``temperature`` is not above zero.
    """

    def __init__(self, weight: float, temperature: float, negatives: bool) -> None:
        super().__init__()
        check_contrast(weight, temperature)
        self.weight, self.temperature, self.negatives = weight, temperature, negatives

    def forward(self, views: tuple[Tensor, Tensor], batch: Batch, num_users: int) -> Tensor:
        """The weighted term."""
        users, items = zip(*(view.tensor_split([num_users]) for view in views), strict=True)
        sets = [(users, batch.user), (items, batch.positive)]
        if self.negatives:
            sets.append((items, batch.negative))
        terms = []
        for (one, other), ids in sets:
            rows, count = ids.unique(return_counts=True)
            terms.append(info_nce(one.index_select(0, rows), other, rows, self.temperature, weight=count))
        return self.weight * torch.stack(terms).sum()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.weight}, {self.temperature}, negatives={self.negatives})"


class TwoViewLightGCN(LightGCN):
    r"""LightGCN, and the contrast of two perturbed views of every node (:class:`ViewContrast`). Ranking reads a third,
    clean one.

    Args:
        num_users: :math:`M`.
        num_items: :math:`N`.
        contrast_weight: :math:`\lambda`.
        contrast_temperature: :math:`\tau`.
        contrast_negatives: Whether the batch's negatives are contrasted too.
        **kwargs: As for :class:`~irllrec_pyg.models.LightGCN`.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        contrast_weight: float,
        contrast_temperature: float,
        contrast_negatives: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_users, num_items, **kwargs)
        self.contrast = ViewContrast(contrast_weight, contrast_temperature, contrast_negatives)

    @abstractmethod
    def view(self, graph: JointGraph, clean: list[Tensor]) -> Tensor:
        """Draws a view: final joint embeddings ``[M + N, d]``, from the input embeddings ``clean[0]``; the clean view's
        other layers stand beside them for what is the same in both."""

    def encode(self, graph: JointGraph, embedding: Tensor | None = None) -> Encoding:
        """The clean view; in training, two perturbed ones beside it."""
        clean = super().encode(graph, embedding)
        if not self.training:
            return clean
        views = (self.view(graph, clean.layers), self.view(graph, clean.layers))
        return ContrastEncoding(clean.user, clean.item, clean.layers, views)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """The objective's term, ``l2``, and for an encoding made in training ``contrast``."""
        terms = super().loss(encoding, batch)
        if isinstance(encoding, ContrastEncoding):
            terms["contrast"] = self.contrast(encoding.views, batch, self.num_users)
        return terms


def check_contrast(weight: float, temperature: float) -> None:
    """Raises a :class:`ValueError` that names the argument which is out of its range."""
    if weight < 0.0:
        raise ValueError(f"'contrast_weight' must not be negative (got {weight}); use 0 to leave the contrast out")
    if not temperature > 0.0:
        raise ValueError(f"'contrast_temperature' must be above 0 (got {temperature}); published ones are 0.1 and 0.2")
