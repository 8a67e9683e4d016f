"""Softmax over the items of a batch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ._checks import check_positive
from .softmax import softmax_loss


def in_batch_softmax_loss(
    user: Tensor, item: Tensor, pairs: Tensor, temperature: float = 0.1, popularity: Tensor | None = None
) -> Tensor:
    r"""Functional form of :class:`InBatchSoftmaxLoss`, with the share of interactions ``[N]`` that each item has, or
    no correction where it is not given."""
    row, target = pairs
    candidate, place = target.unique(return_inverse=True)
    user, chosen = user / temperature, item.index_select(0, candidate)
    if popularity is not None:
        # The correction is one more coordinate: 1 on the side of users, -log pi on that of items.
        rate = -torch.special.expm1(row.numel() * torch.log1p(-popularity[candidate].clamp(max=1.0 - 1e-7)))
        user = torch.cat([user, user.new_ones(user.size(0), 1)], dim=1)
        chosen = torch.cat([chosen, -rate.log().to(chosen.dtype).unsqueeze(-1)], dim=1)
    return softmax_loss(user, chosen, torch.stack([row, place]), temperature=1.0)


class InBatchSoftmaxLoss(nn.Module):
    r"""The softmax of :class:`SoftmaxLoss` over the distinct items :math:`\mathcal{C}` of the batch,

    .. math::
        \mathcal{L} = -\frac{1}{|\mathcal{B}|} \sum_{(u, i) \in \mathcal{B}}
        \log \frac{\exp(\mathbf{e}_u^{\top} \mathbf{e}_i / \tau - \log \pi_i)}
        {\sum_{j \in \mathcal{C}} \exp(\mathbf{e}_u^{\top} \mathbf{e}_j / \tau - \log \pi_j)},
        \qquad \pi_j = 1 - (1 - p_j)^{|\mathcal{B}|},

    with the popularity correction of `"Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations"
    <https://research.google/pubs/pub48840/>`_: an item is in a batch with probability :math:`\pi_j`, and so a popular
    one would be pushed away more than its due. Its share :math:`p_j` of all interactions is estimated from the batches
    that have passed. For catalogues over which the full softmax is too dear.

    Args:
        num_items (int): :math:`N`.
        temperature (float, optional): :math:`\tau`. (default: :obj:`0.1`)
        correct (bool, optional): Whether the correction is made. (default: :obj:`True`)

    Raises:
        ValueError: ``temperature`` is not above zero, or ``num_items`` is below one.

    Shapes:
        - **input:** users :math:`(U, d)`, all items :math:`(N, d)`, pairs of a row of the users and an item
          :math:`(2, B)`
        - **output:** a scalar
    """

    count: Tensor

    def __init__(self, num_items: int, temperature: float = 0.1, correct: bool = True) -> None:
        super().__init__()
        if num_items < 1:
            raise ValueError(f"'num_items' must be at least 1 (got {num_items})")
        self.temperature, self.correct = check_positive("temperature", temperature), correct
        self.register_buffer("count", torch.zeros(num_items, dtype=torch.long))

    def forward(self, user: Tensor, item: Tensor, pairs: Tensor) -> Tensor:
        """Loss of the pairs; in training, they are counted."""
        if self.training:
            self.count += torch.bincount(pairs[1], minlength=self.count.numel())
        popularity = None
        if self.correct:
            seen = self.count.clamp(min=1).double()
            popularity = seen / seen.sum()
        return in_batch_softmax_loss(user, item, pairs, self.temperature, popularity)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(temperature={self.temperature}, correct={self.correct})"
