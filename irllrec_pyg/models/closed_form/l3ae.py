"""L3AE."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from ..._checks import check_non_negative, check_positive
from ...data import get_features
from ..registry import CLOSED_FORMS
from .base import centered_features
from .linear import ItemItemModel


@CLOSED_FORMS.register("l3ae")
class L3AE(ItemItemModel):
    r"""The linear item-item model of `"LLM-Enhanced Linear Autoencoders for Recommendation"
    <https://arxiv.org/abs/2508.13500>`_, which learns from text features :math:`\mathbf{F}` of items in two stages.
    The first one finds how each text follows from the others,

    .. math::
        \min_{\mathbf{S}} \; \lVert \mathbf{F}^{\top} - \mathbf{F}^{\top} \mathbf{S} \rVert_F^2
        + \lambda_F \lVert \mathbf{S} \rVert_F^2 \quad \text{with} \quad \mathrm{diag}(\mathbf{S}) = 0,

    and the second one is :class:`~irllrec_pyg.models.EASE` whose weights are pulled towards these,

    .. math::
        \min_{\mathbf{B}} \; \lVert \mathbf{X} - \mathbf{X} \mathbf{B} \rVert_F^2
        + \lambda_X \lVert \mathbf{B} \rVert_F^2 + \lambda_D \lVert \mathbf{B} - \mathbf{S} \rVert_F^2
        \quad \text{with} \quad \mathrm{diag}(\mathbf{B}) = 0 .

    With :math:`\mathbf{P} = (\mathbf{X}^{\top} \mathbf{X} + (\lambda_X + \lambda_D) \mathbf{I})^{-1}`, the weights of
    different items are

    .. math::
        B_{ij} = \lambda_D (\mathbf{P} \mathbf{S})_{ij} - \mu_j P_{ij}, \qquad
        \mu_j = \frac{1 + \lambda_D (\mathbf{P} \mathbf{S})_{jj}}{P_{jj}} .

    Up to a constant, the last two terms of the problem are
    :math:`(\lambda_X + \lambda_D) \lVert \mathbf{B} - c \mathbf{S} \rVert_F^2` with
    :math:`c = \lambda_D / (\lambda_X + \lambda_D)`. So choose the sum :math:`\lambda_X + \lambda_D` as :math:`\lambda`
    of EASE, and then :math:`c`. A negative :math:`\lambda_X` means :math:`c > 1`, which makes up for the small values
    that :math:`\lambda_F` leaves in :math:`\mathbf{S}`. The authors use :math:`c` from 0.8 to 3.

    The rows and columns of items without text are zeros in :math:`\mathbf{S}`. Their weights are pulled towards zero,
    as those of all items are in EASE with :math:`\lambda = \lambda_X + \lambda_D`. Where many items have no text, a
    large :math:`c` can rank the others too high, because only their scores gain from :math:`\mathbf{S}`; then search
    from :math:`c = 0` upwards.

    Choose it where most items have a text; without any it is EASE. It takes :math:`O(N^3)` time and :math:`O(N^2)`
    memory, once, as EASE does: at most two dense :math:`N \times N` matrices are held at a time, and
    :math:`\mathbf{S}`, which has at most the rank :math:`d_t` apart from its diagonal, is not among them.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        feature (Tensor): Text features of items :math:`\mathbf{F}`, ``[N, d_t]``; a row of zeros is an item without
            text. Their mean is subtracted and their length set to one, as in EASE.
        l2_weight (float, optional): :math:`\lambda_X`; it may be negative, but ``l2_weight + distill_weight`` may not.
            (default: :obj:`-100.0`)
        text_l2_weight (float, optional): :math:`\lambda_F`. (default: :obj:`10.0`)
        distill_weight (float, optional): :math:`\lambda_D`; with 0 the model is EASE. (default: :obj:`200.0`)
        user_power (float, optional): Power of the users' numbers of interactions by which their rows are divided, as in
            EASE. (default: :obj:`0.0`)
        item_power (float, optional): The same for columns of items. The texts pull the weights between normalized
            columns. (default: :obj:`0.0`)

    Raises:
        ValueError: ``l2_weight + distill_weight`` or ``text_l2_weight`` is not above zero, ``distill_weight`` is
            negative, a power is negative, or ``feature`` does not fit.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> L3AE.from_data(tiny_data(), text_l2_weight=1.0).score(torch.tensor([0, 3])).shape
        torch.Size([2, 20])
    """

    def __init__(
        self,
        pairs: Tensor,
        num_users: int,
        num_items: int,
        feature: Tensor,
        l2_weight: float = -100.0,
        text_l2_weight: float = 10.0,
        distill_weight: float = 200.0,
        user_power: float = 0.0,
        item_power: float = 0.0,
    ) -> None:
        super().__init__(pairs, num_users, num_items)
        check_positive("text_l2_weight", text_l2_weight, "1 to 10 are usual")
        check_non_negative("distill_weight", distill_weight, "use 0 for plain EASE")
        check_positive("l2_weight + distill_weight", l2_weight + distill_weight, "tens to thousands are usual")
        left, right = _text_weights(centered_features(feature, num_items), text_l2_weight)
        gram = self.co_occurrence(user_power, item_power)
        gram.diagonal().add_(l2_weight + distill_weight)
        factor = torch.linalg.cholesky(gram)
        del gram  # so that no more than two such matrices are held
        weight = torch.cholesky_inverse(factor)
        del factor
        weight = weight.contiguous()  # LAPACK returns columns, which a sparse product reads slowly
        # S is left @ right.t() except for its diagonal. What the diagonal adds to P @ S are multiples of the columns of
        # P, and such multiples are chosen here so that the diagonal of B is zero.
        left = weight @ left
        multiple = (1.0 + distill_weight * (left * right).sum(dim=1)) / weight.diagonal()
        weight.mul_(-multiple).addmm_(left, right.t(), alpha=distill_weight)
        self.set_weight(weight.fill_diagonal_(0.0), item_power)

    @classmethod
    def features_read(cls, features: str = "intent", **kwargs: Any) -> tuple[str, ...]:
        """The features that ``features`` names."""
        return (features,)

    @classmethod
    def from_data(cls, data: HeteroData, features: str = "intent", **kwargs: Any) -> L3AE:
        """Computes it from the training interactions of a data object and the item features that ``features`` names.

        Args:
            data: The data object.
            features: Name of the item features. (default: ``"intent"``)
            **kwargs: Additional arguments of the constructor.

        Raises:
            ValueError: The data has no such features.
        """
        return cast(L3AE, super().from_data(data, feature=get_features(data, features)[1], **kwargs))


def _text_weights(feature: Tensor, l2_weight: float) -> tuple[Tensor, Tensor]:
    r"""Factors ``[N, d_t]`` whose product equals :math:`\mathbf{S}` everywhere except on the diagonal.

    By the Woodbury identity :math:`(\mathbf{F} \mathbf{F}^{\top} + \lambda \mathbf{I})^{-1} = (\mathbf{I} - \mathbf{K})
    / \lambda` with :math:`\mathbf{K} = \mathbf{F} (\mathbf{F}^{\top} \mathbf{F} + \lambda \mathbf{I})^{-1}
    \mathbf{F}^{\top}`, so that :math:`S_{ij} = K_{ij} / (1 - K_{jj})`. Double precision, because
    :math:`1 - K_{jj}` is small where a text nearly follows from others.
    """
    rows = feature.double()
    gram = rows.t() @ rows
    gram.diagonal().add_(l2_weight)
    left = torch.cholesky_solve(rows.t(), torch.linalg.cholesky(gram)).t()
    right = rows / (1.0 - (left * rows).sum(dim=1, keepdim=True))
    return left.to(feature.dtype), right.to(feature.dtype)
