"""What backbones that contrast views of nodes share."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..losses import info_nce
from .encoding import Batch, Encoding


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


def check_contrast(weight: float, temperature: float) -> None:
    """Raises a :class:`ValueError` that names the argument which is out of its range."""
    if weight < 0.0:
        raise ValueError(f"'contrast_weight' must not be negative (got {weight}); use 0 to leave the contrast out")
    if not temperature > 0.0:
        raise ValueError(f"'contrast_temperature' must be above 0 (got {temperature}); published ones are 0.1 and 0.2")
