"""EASE."""

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


@CLOSED_FORMS.register("ease")
class EASE(ItemItemModel):
    r"""The linear item-item model of `"Embarrassingly Shallow Autoencoders for Sparse Data"
    <https://arxiv.org/abs/1905.03375>`_,

    .. math::
        \min_{\mathbf{B}} \; \lVert \mathbf{X} - \mathbf{X} \mathbf{B} \rVert_F^2
        + \lambda \lVert \mathbf{B} \rVert_F^2 \quad \text{with} \quad \mathrm{diag}(\mathbf{B}) = 0, \qquad
        B_{ij} = -\frac{P_{ij}}{P_{jj}}, \quad
        \mathbf{P} = (\mathbf{X}^{\top} \mathbf{X} + \lambda \mathbf{I})^{-1} .

    With text features :math:`\mathbf{F}` of items it reconstructs these too, as if each feature were a user
    (`"Closed-Form Models for Collaborative Filtering with Side-Information"
    <https://doi.org/10.1145/3383313.3418480>`_),

    .. math::
        \mathbf{P} = (\mathbf{X}^{\top} \mathbf{X} + \mu \mathbf{F} \mathbf{F}^{\top} + \lambda \mathbf{I})^{-1} .

    The mean over the items that have a text is subtracted from features, because encoders give all texts much in
    common; then each row gets unit length.

    Plain EASE fits users with long histories and popular items best, because they have the most interactions.
    Normalization (`"Why is Normalization Necessary for Linear Recommenders?" <https://arxiv.org/abs/2504.05805>`_)
    weighs them less: with the numbers of interactions of users and items as :math:`\mathbf{D}_U` and
    :math:`\mathbf{D}_I`,

    .. math::
        \min_{\mathbf{B}} \; \lVert \mathbf{D}_U^{-\beta} (\mathbf{X} - \mathbf{X} \mathbf{B}) \mathbf{D}_I^{-\alpha}
        \rVert_F^2 + \lambda' \lVert \mathbf{D}_I^{\alpha} \mathbf{B} \mathbf{D}_I^{-\alpha} \rVert_F^2 .

    :math:`\lambda'` is :math:`\lambda`, multiplied by the ratio of the normalized squares to the plain ones, so that
    the best :math:`\lambda` stays about the same.

    Choose it as the strongest baseline without training: many graph models rank worse. It takes :math:`O(N^3)` time and
    :math:`O(N^2)` memory, once.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        l2_weight (float, optional): :math:`\lambda`; choose it on the validation split. (default: :obj:`200.0`)
        feature (Tensor, optional): Text features of items :math:`\mathbf{F}`, ``[N, d_t]``; a row of zeros is an item
            without text. (default: :obj:`None`)
        feature_weight (float, optional): :math:`\mu`; with 0 no text is read. (default: :obj:`0.0`)

        user_power (float, optional): :math:`\beta`, by which users with long histories count less; ``0.5`` is a good
            start. (default: :obj:`0.0`)
        item_power (float, optional): :math:`\alpha`, by which popular items count less; ``0.25`` is a good start.
            (default: :obj:`0.0`)

    Raises:
        ValueError: ``l2_weight`` is not above zero, another weight or a power is negative, or ``feature`` does not fit.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> EASE.from_data(tiny_data(), l2_weight=10.0).score(torch.tensor([0, 3])).shape
        torch.Size([2, 20])
    """

    def __init__(
        self,
        pairs: Tensor,
        num_users: int,
        num_items: int,
        l2_weight: float = 200.0,
        feature: Tensor | None = None,
        feature_weight: float = 0.0,
        user_power: float = 0.0,
        item_power: float = 0.0,
    ) -> None:
        super().__init__(pairs, num_users, num_items)
        check_positive("l2_weight", l2_weight, "tens to thousands are usual")
        check_non_negative("feature_weight", feature_weight, "use 0 to read no texts")
        gram = self.co_occurrence(user_power, item_power)
        if feature is not None and feature_weight:
            feature = centered_features(feature, num_items)
            gram.addmm_(feature, feature.t(), alpha=feature_weight)
        gram.diagonal().add_(l2_weight)
        factor = torch.linalg.cholesky(gram)
        del gram  # so that no more than two such matrices are held
        inverse = torch.cholesky_inverse(factor)
        del factor
        inverse = inverse.contiguous()  # LAPACK returns columns, which a sparse product reads slowly
        self.set_weight(inverse.div_(-inverse.diagonal().clone()).fill_diagonal_(0.0), item_power)

    @classmethod
    def features_read(cls, features: str = "intent", feature_weight: float = 0.0, **kwargs: Any) -> tuple[str, ...]:
        """The features that ``features`` names, or none without ``feature_weight``."""
        return (features,) if feature_weight else ()

    @classmethod
    def from_data(cls, data: HeteroData, features: str = "intent", feature_weight: float = 0.0, **kwargs: Any) -> EASE:
        """Computes it from the training interactions of a data object and, with a weight, from the item features that
        ``features`` names.

        Args:
            data: The data object.
            features: Name of the item features. (default: ``"intent"``)
            feature_weight: See the class. (default: ``0.0``)
            **kwargs: Additional arguments of the constructor.

        Raises:
            ValueError: The data has no such features.
        """
        feature = get_features(data, features)[1] if feature_weight else None
        return cast(EASE, super().from_data(data, feature=feature, feature_weight=feature_weight, **kwargs))
