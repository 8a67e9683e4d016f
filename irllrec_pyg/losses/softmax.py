"""Softmax over the catalogue."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..ops import tiled_cross_entropy, tiled_logsumexp
from ._checks import check_positive


def softmax_loss(user: Tensor, item: Tensor, pairs: Tensor, temperature: float = 0.1) -> Tensor:
    r"""Functional form of :class:`SoftmaxLoss`."""
    row, target = pairs
    user = user / temperature
    if row.numel() == 0:
        return (user.sum() + item.sum()) * 0.0
    if user.size(0) >= row.numel():
        return tiled_cross_entropy(user.index_select(0, row), item, target)
    weight = torch.bincount(row, minlength=user.size(0)).to(user.dtype) / row.numel()
    positive = (user.index_select(0, row) * item.index_select(0, target)).sum(dim=-1)
    return tiled_logsumexp(user, item, weight) - positive.mean()


class SoftmaxLoss(nn.Module):
    r"""The likelihood of what users took under a softmax over all items,

    .. math::
        \mathcal{L} = -\frac{1}{|\mathcal{B}|} \sum_{(u, i) \in \mathcal{B}}
        \log \frac{\exp(\mathbf{e}_u^{\top} \mathbf{e}_i / \tau)}
        {\sum_{j=1}^{N} \exp(\mathbf{e}_u^{\top} \mathbf{e}_j / \tau)} .

    With unit embeddings it is the cosine softmax that ranks far better than BPR on sparse data (see
    `"On the Effectiveness of Sampled Softmax Loss for Item Recommendation" <https://arxiv.org/abs/2201.02327>`_, here
    without the sampling). The matrix of scores is never held, and a user's partition is computed once however many of
    the pairs are theirs: batches of whole users cost least.

    Args:
        temperature (float, optional): :math:`\tau`. (default: :obj:`0.1`)

    Raises:
        ValueError: ``temperature`` is not above zero.

    Shapes:
        - **input:** users :math:`(U, d)`, all items :math:`(N, d)`, pairs of a row of the users and an item
          :math:`(2, B)`
        - **output:** a scalar
    """

    def __init__(self, temperature: float = 0.1) -> None:
        super().__init__()
        self.temperature = check_positive("temperature", temperature)

    def forward(self, user: Tensor, item: Tensor, pairs: Tensor) -> Tensor:
        """Loss of the pairs."""
        return softmax_loss(user, item, pairs, self.temperature)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(temperature={self.temperature})"
