"""Softmax over the items of a batch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .._checks import check_at_least, check_positive
from ..ops.precision import single
from .softmax import softmax_loss


def in_batch_softmax_loss(
    user: Tensor,
    item: Tensor,
    pairs: Tensor,
    temperature: float = 0.1,
    popularity: Tensor | None = None,
    num_candidates: int | None = None,
) -> Tensor:
    r"""Functional form of :class:`InBatchSoftmaxLoss`.

    Args:
        user: Users, ``[U, d]``.
        item: All items, ``[N, d]``.
        pairs: Pairs of a row of ``user`` and a row of ``item``, ``[2, B]``.
        temperature: :math:`\tau`. (default: :obj:`0.1`)
        popularity: Share of all interactions that each item has, ``[N]``. (default: no correction)
        num_candidates: Number of pairs to draw, whose items are the candidates. (default: all pairs)

    Returns:
        A scalar, in single precision if the inputs are in half precision; zero if there are no pairs.

    Examples:
        >>> user, item, pairs = torch.randn(2, 4), torch.randn(5, 4), torch.tensor([[0, 0, 1], [3, 4, 0]])
        >>> in_batch_softmax_loss(user, item, pairs, popularity=torch.full((5,), 0.2)).shape
        torch.Size([])
    """
    row, target = pairs.long()
    candidate, place = target.unique(return_inverse=True)
    drawn = None
    if num_candidates is not None and num_candidates < row.numel():
        drawn = place[torch.randperm(row.numel(), device=row.device)[:num_candidates]]
    user, chosen = single(user) / temperature, single(item.index_select(0, candidate))
    if popularity is not None:
        # The correction is an additional coordinate: 1 for users, -log pi for items.
        count = row.numel() if drawn is None else drawn.numel()
        rate = -torch.special.expm1(count * torch.log1p(-popularity[candidate].clamp(max=1.0 - 1e-7)))
        user = torch.cat([user, user.new_ones(user.size(0), 1)], dim=1)
        chosen = torch.cat([chosen, -rate.log().to(chosen.dtype).unsqueeze(-1)], dim=1)
    among = None if drawn is None else chosen.index_select(0, drawn.unique())
    return softmax_loss(user, chosen, torch.stack([row, place]), temperature=1.0, candidate=among)


class InBatchSoftmaxLoss(nn.Module):
    r"""The softmax of :class:`SoftmaxLoss` over the distinct items :math:`\mathcal{C}` of the batch,

    .. math::
        \mathcal{L} = -\frac{1}{|\mathcal{B}|} \sum_{(u, i) \in \mathcal{B}}
        \log \frac{\exp(\mathbf{e}_u^{\top} \mathbf{e}_i / \tau - \log \pi_i)}
        {\sum_{j \in \mathcal{C}} \exp(\mathbf{e}_u^{\top} \mathbf{e}_j / \tau - \log \pi_j)},
        \qquad \pi_j = 1 - (1 - p_j)^{|\mathcal{B}|},

    with the popularity correction of `"Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations"
    <https://research.google/pubs/pub48840/>`_. An item is in a batch with probability :math:`\pi_j`, so without the
    correction popular items would be pushed away too often. The share :math:`p_j` of all interactions is estimated from
    the batches so far. Choose it for catalogues over which the full softmax costs too much.

    In large batches, ``num_candidates`` bounds the cost: :math:`\mathcal{C}` are then the distinct items of that many
    pairs, drawn at random, with :math:`\pi_j` the probability that an item is among them. A positive need not be a
    candidate itself.

    Args:
        num_items (int): :math:`N`.
        temperature (float, optional): :math:`\tau`. (default: :obj:`0.1`)
        correct (bool, optional): If set to :obj:`False`, popularity is not corrected for. (default: :obj:`True`)
        num_candidates (int, optional): Number of pairs to draw from a batch, whose items are the candidates;
            :obj:`None` for all pairs. (default: :obj:`None`)

    Raises:
        ValueError: ``temperature`` is not above zero, or ``num_items`` or ``num_candidates`` is below one.

    Shapes:
        - **input:** users :math:`(U, d)`, all items :math:`(N, d)`, pairs of a row of the users and an item
          :math:`(2, B)`
        - **output:** a scalar

    Examples:
        >>> loss = InBatchSoftmaxLoss(num_items=5)
        >>> loss(torch.randn(2, 4), torch.randn(5, 4), torch.tensor([[0, 0, 1], [3, 4, 0]])).shape
        torch.Size([])
        >>> loss.count
        tensor([1, 0, 0, 1, 1])
    """

    count: Tensor

    def __init__(
        self, num_items: int, temperature: float = 0.1, correct: bool = True, num_candidates: int | None = None
    ) -> None:
        super().__init__()
        check_at_least("num_items", num_items, 1, "it is the size of the catalogue")
        self.temperature = check_positive("temperature", temperature, "0.1 is the default")
        check_at_least("num_candidates", 1 if num_candidates is None else num_candidates, 1, "use None for all pairs")
        self.correct, self.num_candidates = correct, num_candidates
        self.register_buffer("count", torch.zeros(num_items, dtype=torch.long))

    def forward(self, user: Tensor, item: Tensor, pairs: Tensor) -> Tensor:
        """Computes the loss of the pairs. In training mode, items are counted.

        Args:
            user: Users.
            item: All items.
            pairs: Pairs of a row of ``user`` and a row of ``item``.
        """
        if self.training:
            self.count += torch.bincount(pairs[1], minlength=self.count.numel())
        popularity = None
        if self.correct:
            seen = self.count.clamp(min=1).double()
            popularity = seen / seen.sum()
        return in_batch_softmax_loss(user, item, pairs, self.temperature, popularity, self.num_candidates)

    def __repr__(self) -> str:
        number = "" if self.num_candidates is None else f", num_candidates={self.num_candidates}"
        return f"{type(self).__name__}(temperature={self.temperature}, correct={self.correct}{number})"
