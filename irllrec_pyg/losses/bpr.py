"""Bayesian personalised ranking."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


def bpr_loss(user: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    r"""Functional form of :class:`BPRLoss`."""
    return F.softplus((user * (negative - positive)).sum(dim=-1)).mean()


class BPRLoss(nn.Module):
    r"""The pairwise ranking loss of `"BPR: Bayesian Personalized Ranking from Implicit Feedback"
    <https://arxiv.org/abs/1205.2618>`_,

    .. math::
        \mathcal{L} = -\frac{1}{|\mathcal{B}|} \sum_{(u, i, j) \in \mathcal{B}}
        \log \sigma(\mathbf{e}_u^{\top} \mathbf{e}_i - \mathbf{e}_u^{\top} \mathbf{e}_j) .

    Choose it to compare with published tables; a full softmax ranks better where the catalogue fits.

    Shapes:
        - **input:** users, their positive items, sampled negative items, each :math:`(B, d)`
        - **output:** a scalar
    """

    def forward(self, user: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Loss of a batch of triplets."""
        return bpr_loss(user, positive, negative)
