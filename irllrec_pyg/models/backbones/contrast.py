"""Backbones that contrast two views of every node: what SGL and SimGCL share."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..._checks import check_non_negative, check_positive
from ...data import JointGraph
from ...losses import info_nce
from ..encoding import Batch, Encoding
from .lightgcn import LightGCN


@dataclass
class ContrastEncoding(Encoding):
    """An encoding in training, with two perturbed views of all nodes.

    Args:
        views: Final joint embeddings of both views, ``[M + N, d]`` each.

    Examples:
        >>> joint = torch.ones(5, 4)
        >>> ContrastEncoding(joint[:3], joint[3:], [joint], (joint, joint)).views[0].shape
        torch.Size([5, 4])
    """

    views: tuple[Tensor, Tensor]


class ViewContrast(nn.Module):
    r"""InfoNCE of the step's nodes in one view against *all* nodes of their side in the other,

    .. math::
        \lambda \sum_{\mathcal{S}} \frac{1}{|\mathcal{S}|} \sum_{n \in \mathcal{S}}
        -\log \frac{\exp(\cos(\mathbf{e}'_n, \mathbf{e}''_n) / \tau)}
        {\sum_{m} \exp(\cos(\mathbf{e}'_n, \mathbf{e}''_m) / \tau)},

    where :math:`\mathcal{S}` is the batch's users, its positives, and its negatives if they are contrasted too.
    A node that a batch holds several times counts as often, and is computed once.

    Args:
        weight (float): Weight :math:`\lambda`.
        temperature (float): Temperature :math:`\tau`.
        negatives (bool): Whether negatives are contrasted.

    Raises:
        ValueError: ``weight`` is negative, or ``temperature`` is not above zero.

    Examples:
        >>> contrast = ViewContrast(weight=0.1, temperature=0.2, negatives=False)
        >>> views, batch = (torch.rand(5, 4), torch.rand(5, 4)), Batch(*torch.tensor([[0], [1], [0]]))
        >>> contrast(views, batch, num_users=3).shape
        torch.Size([])
    """

    def __init__(self, weight: float, temperature: float, negatives: bool) -> None:
        super().__init__()
        check_contrast(weight, temperature)
        self.weight, self.temperature, self.negatives = weight, temperature, negatives

    def forward(self, views: tuple[Tensor, Tensor], batch: Batch, num_users: int) -> Tensor:
        """Computes the weighted term.

        Args:
            views: Joint embeddings of both views, ``[M + N, d]`` each.
            batch: The triplets of the step.
            num_users: :math:`M`.
        """
        users, items = zip(*(view.tensor_split([num_users]) for view in views), strict=True)
        sets = [(users, batch.user), (items, batch.positive)]
        if self.negatives:
            sets.append((items, batch.negative))
        terms = []
        for (first, second), ids in sets:
            rows, count = ids.unique(return_counts=True)
            terms.append(info_nce(first.index_select(0, rows), second, rows, self.temperature, weight=count))
        return self.weight * torch.stack(terms).sum()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.weight}, {self.temperature}, negatives={self.negatives})"


class TwoViewLightGCN(LightGCN):
    r"""Base class of LightGCN with the contrast of two perturbed views of every node (:class:`ViewContrast`). Ranking
    reads a third view, which is not perturbed.

    Args:
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        contrast_weight (float): Weight :math:`\lambda`. With 0 no view is encoded.
        contrast_temperature (float): Temperature :math:`\tau`.
        contrast_negatives (bool): Whether the batch's negatives are contrasted too.
        **kwargs (optional): Additional arguments of :class:`~irllrec_pyg.models.LightGCN`.

    Examples:
        >>> from irllrec_pyg.models import SGL, SimGCL
        >>> issubclass(SGL, TwoViewLightGCN), issubclass(SimGCL, TwoViewLightGCN)
        (True, True)
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
        """Draws a view and returns its final joint embeddings, ``[M + N, d]``.

        Args:
            graph: The graph of the training interactions.
            clean: Layers of the clean view. The input embeddings are ``clean[0]``; the others save the work that a view
                shares with the clean one.
        """

    def encode(self, graph: JointGraph, embedding: Tensor | None = None) -> Encoding:
        """Encodes the clean view, and in training two perturbed ones."""
        clean = super().encode(graph, embedding)
        if not self.training or not self.contrast.weight:
            return clean
        views = (self.view(graph, clean.layers), self.view(graph, clean.layers))
        return ContrastEncoding(clean.user, clean.item, clean.layers, views)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """Terms ``bpr`` (or that of another objective) and ``l2``, and for an encoding from training ``contrast``."""
        terms = super().loss(encoding, batch)
        if isinstance(encoding, ContrastEncoding):
            terms["contrast"] = self.contrast(encoding.views, batch, self.num_users)
        return terms


def check_contrast(weight: float, temperature: float) -> None:
    """Checks the arguments of a contrast.

    Args:
        weight: The argument ``contrast_weight``.
        temperature: The argument ``contrast_temperature``.

    Raises:
        ValueError: ``weight`` is negative, or ``temperature`` is not above zero.

    Examples:
        >>> check_contrast(-1.0, 0.2)
        Traceback (most recent call last):
        ValueError: 'contrast_weight' must not be negative, infinite or NaN (got -1.0); use 0 to leave the contrast out
    """
    check_non_negative("contrast_weight", weight, "use 0 to leave the contrast out")
    check_positive("contrast_temperature", temperature, "0.1 and 0.2 are published")
