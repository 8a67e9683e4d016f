"""Bayesian personalized ranking."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ..ops.precision import single
from ..ops.share import mean_of_share


def bpr_loss(user: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    r"""Functional form of :class:`BPRLoss`.

    Args:
        user: Users, ``[B, d]``.
        positive: An item that each user took, ``[B, d]``.
        negative: A sampled item that each user did not take, ``[B, d]``.

    Returns:
        A scalar, in single precision if the inputs are in half precision.

    Examples:
        >>> x = torch.ones(3, 4)
        >>> bpr_loss(x, x, -x)  # a score of 4 for positive and of -4 for negative items
        tensor(0.0003)
    """
    return mean_of_share(_bpr, user, positive, negative)


def _bpr(user: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    return F.softplus(single((user * (negative - positive)).sum(dim=-1))).mean()


class BPRLoss(nn.Module):
    r"""The pairwise ranking loss of `"BPR: Bayesian Personalized Ranking from Implicit Feedback"
    <https://arxiv.org/abs/1205.2618>`_,

    .. math::
        \mathcal{L} = -\frac{1}{|\mathcal{B}|} \sum_{(u, i, j) \in \mathcal{B}}
        \log \sigma(\mathbf{e}_u^{\top} \mathbf{e}_i - \mathbf{e}_u^{\top} \mathbf{e}_j) .

    Choose it to compare with published tables. :class:`SoftmaxLoss` ranks better where the catalogue fits.

    Shapes:
        - **input:** users, their positive items, sampled negative items, each :math:`(B, d)`
        - **output:** a scalar

    Examples:
        >>> user, positive, negative = torch.randn(3, 5, 4)
        >>> BPRLoss()(user, positive, negative).shape
        torch.Size([])
    """

    def forward(self, user: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Computes the loss of a batch of triplets.

        Args:
            user: Users.
            positive: An item that each user took.
            negative: A sampled item that each user did not take.
        """
        return bpr_loss(user, positive, negative)
