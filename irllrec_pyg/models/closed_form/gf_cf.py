"""GF-CF."""

from __future__ import annotations

import torch
from torch import Tensor

from ..._checks import check_at_least, check_non_negative
from ...seeding import seeded
from ..registry import CLOSED_FORMS
from .graph_filter import GraphFilterModel


@CLOSED_FORMS.register("gf-cf")
class GFCF(GraphFilterModel):
    r"""The graph filter of `"How Powerful is Graph Convolution for Recommendation?"
    <https://arxiv.org/abs/2108.07567>`_, a linear filter and an ideal low-pass filter side by side,

    .. math::
        \mathbf{s}_u = \mathbf{x}_u \left( \tilde{\mathbf{R}}^{\top} \tilde{\mathbf{R}}
        + \alpha \, \mathbf{D}_I^{-1/2} \mathbf{V} \mathbf{V}^{\top} \mathbf{D}_I^{1/2} \right), \qquad
        \tilde{\mathbf{R}} = \mathbf{D}_U^{-1/2} \mathbf{X} \mathbf{D}_I^{-1/2},

    where :math:`\mathbf{V}` holds the first right singular vectors of :math:`\tilde{\mathbf{R}}`, and
    :math:`\mathbf{D}_U` and :math:`\mathbf{D}_I` the numbers of interactions of users and of items.

    Choose it where there are too many items for :class:`~irllrec_pyg.models.EASE`, because no item-item matrix is held,
    and as a part of a blend: on sparse data such as Yelp it ranks better than EASE.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        num_factors (int, optional): Number of singular vectors; at most the smaller of :math:`M` and :math:`N` is used.
            (default: :obj:`256`)
        low_pass_weight (float, optional): :math:`\alpha`. (default: :obj:`0.3`)

    Raises:
        ValueError: ``num_factors`` is below one, or ``low_pass_weight`` is negative.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> GFCF.from_data(tiny_data(), num_factors=4).score(torch.tensor([0, 3])).shape
        torch.Size([2, 20])
    """

    def __init__(
        self, pairs: Tensor, num_users: int, num_items: int, num_factors: int = 256, low_pass_weight: float = 0.3
    ) -> None:
        super().__init__(pairs, num_users, num_items)
        check_at_least("num_factors", num_factors, 1, "256 is published")
        check_non_negative("low_pass_weight", low_pass_weight, "use 0 for the linear filter alone")
        normalized = self.normalized()
        with seeded(0, normalized.device):  # randomised, but close to exact with a few more vectors than are kept
            q = min(num_factors + 16, *normalized.shape)
            factors = torch.svd_lowrank(normalized, q=q, niter=4)[2][:, :num_factors]
        self.set_factors(factors, low_pass_weight)
