"""Softmax over the catalogue."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .._checks import check_positive
from ..ops import tiled_logsumexp
from ..ops.precision import single


def softmax_loss(
    user: Tensor, item: Tensor, pairs: Tensor, temperature: float = 0.1, candidate: Tensor | None = None
) -> Tensor:
    r"""Functional form of :class:`SoftmaxLoss`.

    Args:
        user: Users, ``[U, d]``.
        item: All items, ``[N, d]``.
        pairs: Pairs of a row of ``user`` and a row of ``item``, ``[2, B]``.
        temperature: :math:`\tau`. (default: :obj:`0.1`)
        candidate: Items to compare the pairs with, ``[C, d]``. (default: ``item``)

    Returns:
        A scalar, in single precision if the inputs are in half precision; zero if there are no pairs.

    Examples:
        >>> user, item, pairs = torch.randn(2, 4), torch.randn(5, 4), torch.tensor([[0, 0, 1], [3, 4, 0]])
        >>> logits = user[pairs[0]] @ item.t() / 0.5
        >>> expected = torch.nn.functional.cross_entropy(logits, pairs[1])
        >>> torch.allclose(softmax_loss(user, item, pairs, temperature=0.5), expected)
        True
    """
    row, target = pairs.long()
    user, item = single(user) / temperature, single(item)
    if row.numel() == 0:
        return (user.sum() + item.sum()) * 0.0
    candidate = item if candidate is None else single(candidate)
    positive = (user.index_select(0, row) * item.index_select(0, target)).sum(dim=-1).mean()
    if user.size(0) >= row.numel():
        user, row = user.index_select(0, row), torch.arange(row.numel(), device=row.device)
    weight = torch.bincount(row, minlength=user.size(0)).to(user.dtype) / row.numel()
    return tiled_logsumexp(user, candidate, weight) - positive


class SoftmaxLoss(nn.Module):
    r"""The likelihood of what users took under a softmax over all items,

    .. math::
        \mathcal{L} = -\frac{1}{|\mathcal{B}|} \sum_{(u, i) \in \mathcal{B}}
        \log \frac{\exp(\mathbf{e}_u^{\top} \mathbf{e}_i / \tau)}
        {\sum_{j=1}^{N} \exp(\mathbf{e}_u^{\top} \mathbf{e}_j / \tau)} .

    Choose it where the catalogue fits, and :class:`InBatchSoftmaxLoss` where it does not. With embeddings of unit
    length it is the cosine softmax, which ranks far better than BPR on sparse data (see `"On the Effectiveness of
    Sampled Softmax Loss for Item Recommendation" <https://arxiv.org/abs/2201.02327>`_; here nothing is sampled). The
    matrix of scores is never held, and the partition of a user is computed once for all pairs of that user, so
    batches of whole users cost least.

    Args:
        temperature (float, optional): :math:`\tau`. (default: :obj:`0.1`)

    Raises:
        ValueError: ``temperature`` is not above zero.

    Shapes:
        - **input:** users :math:`(U, d)`, all items :math:`(N, d)`, pairs of a row of the users and an item
          :math:`(2, B)`
        - **output:** a scalar

    Examples:
        >>> pairs = torch.tensor([[0, 0, 1], [3, 4, 0]])  # user 0 took items 3 and 4, user 1 took item 0
        >>> SoftmaxLoss()(torch.randn(2, 4), torch.randn(5, 4), pairs).shape
        torch.Size([])
    """

    def __init__(self, temperature: float = 0.1) -> None:
        super().__init__()
        self.temperature = check_positive("temperature", temperature, "0.1 is the default")

    def forward(self, user: Tensor, item: Tensor, pairs: Tensor) -> Tensor:
        """Computes the loss of the pairs.

        Args:
            user: Users.
            item: All items.
            pairs: Pairs of a row of ``user`` and a row of ``item``.
        """
        return softmax_loss(user, item, pairs, self.temperature)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(temperature={self.temperature})"
