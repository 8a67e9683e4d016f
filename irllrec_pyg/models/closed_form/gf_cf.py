"""GF-CF."""

from __future__ import annotations

import torch
from torch import Tensor

from ..._checks import check_at_least, check_non_negative
from ...ranking.history import to_sparse
from ...seeding import seeded
from ..registry import CLOSED_FORMS
from .linear import LinearClosedForm


@CLOSED_FORMS.register("gf-cf")
class GFCF(LinearClosedForm):
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

    to_users: Tensor
    to_items: Tensor
    into: Tensor
    out: Tensor

    def __init__(
        self, pairs: Tensor, num_users: int, num_items: int, num_factors: int = 256, low_pass_weight: float = 0.3
    ) -> None:
        super().__init__(pairs, num_users, num_items)
        check_at_least("num_factors", num_factors, 1, "256 is published")
        check_non_negative("low_pass_weight", low_pass_weight, "use 0 for the linear filter alone")
        x = self.interactions
        user, item = x.indices()
        of_user = torch.sparse.sum(x, dim=1).to_dense().clamp(min=1.0).rsqrt()
        of_item = torch.sparse.sum(x, dim=0).to_dense().clamp(min=1.0).rsqrt()
        value = of_user[user] * of_item[item]
        normalized = torch.sparse_coo_tensor(x.indices(), value, x.shape, check_invariants=False).coalesce()
        with seeded(0, x.device):  # randomised, but close to exact with a few more vectors than are kept
            factors = torch.svd_lowrank(normalized, q=min(num_factors + 16, *x.shape), niter=4)[2][:, :num_factors]
        # Products with rows in compressed form are faster.
        self.register_buffer("to_users", normalized.to_sparse_csr(), persistent=False)
        self.register_buffer("to_items", normalized.t().coalesce().to_sparse_csr(), persistent=False)
        self.register_buffer("into", low_pass_weight * of_item.unsqueeze(1) * factors, persistent=False)
        self.register_buffer("out", (factors / of_item.unsqueeze(1)).t().contiguous(), persistent=False)

    def score_history(self, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.score_history <irllrec_pyg.ranking.HistoryRanker.score_history>`."""
        history = to_sparse(history).to(self.into)
        linear = (self.to_items @ (self.to_users @ history.to_dense().t())).t()
        return linear + torch.sparse.mm(history, self.into) @ self.out
