"""Rows of a loss that several processes divide among themselves.

Every process has all parameters, encodes the whole graph and sees the whole batch, so that nothing needs to be sent
before a loss: a softmax over all items, or over those of the batch, finds its candidates where it is. What costs time
is the number of rows, and these are divided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class Share:
    """One of several equal shares of some rows.

    Args:
        index: Number of the share, from 0. (default: ``0``)
        count: Number of shares. (default: ``1``, all rows)

    Examples:
        >>> [Share(index, 2).rows(5) for index in range(2)]
        [slice(0, 2, None), slice(2, 5, None)]
        >>> Share(0, 2).factor(5)
        0.8
    """

    index: int = 0
    count: int = 1

    def rows(self, total: int) -> slice:
        """The rows of this share.

        Args:
            total: Number of all rows.
        """
        return slice(self.index * total // self.count, (self.index + 1) * total // self.count)

    def factor(self, total: int) -> float:
        """Factor of a mean over the rows of this share. The mean over all shares of what results is the mean over all
        rows.

        Args:
            total: Number of all rows.
        """
        rows = self.rows(total)
        return self.count * (rows.stop - rows.start) / total if total else 1.0

    def sum(self, tensor: Tensor) -> Tensor:
        """Sum over all shares, each of which a process computes. The tensor is changed.

        Args:
            tensor: What this process has computed.
        """
        if self.count > 1:
            dist.all_reduce(tensor)
        return tensor


# Not a context variable, which `torch.compile` cannot read.
_current = [Share()]


@contextmanager
def use_share(share: Share) -> Iterator[None]:
    """Within the block, losses over many rows compute those of one share only.

    What they return is scaled such that the *mean* over all shares is the loss over all rows, and likewise its
    gradient. All that is not divided is the same in every share, which has the same mean. So a sum of weighted losses
    is exact however few of them are divided. A product of two losses, or another function of one that is not linear, is
    not.

    Args:
        share: The share.

    Examples:
        >>> from irllrec_pyg.losses import softmax_loss
        >>> user, item, pairs = torch.randn(3, 4), torch.randn(5, 4), torch.tensor([[0, 1, 2], [3, 4, 0]])
        >>> parts = []
        >>> for index in range(2):
        ...     with use_share(Share(index, 2)):
        ...         parts.append(softmax_loss(user, item, pairs))
        >>> torch.allclose(torch.stack(parts).mean(), softmax_loss(user, item, pairs))
        True
    """
    before = _current[0]
    _current[0] = share
    try:
        yield
    finally:
        _current[0] = before


def current_share() -> Share:
    """The share that :func:`use_share` has set; all rows outside of its blocks.

    Examples:
        >>> with use_share(Share(1, 2)):
        ...     current_share()
        Share(index=1, count=2)
    """
    return _current[0]


def mean_of_share(mean: Callable[..., Tensor], *rows: Tensor) -> Tensor:
    """A mean over rows, of the rows of the current share; see :func:`use_share`.

    Args:
        mean: Computes the mean from all tensors.
        *rows: Tensors with one row for each value in the mean.

    Examples:
        >>> mean_of_share(torch.mean, torch.tensor([1.0, 2.0, 6.0]))
        tensor(3.)
        >>> with use_share(Share(1, 2)):
        ...     mean_of_share(torch.mean, torch.tensor([1.0, 2.0, 6.0]))  # 4/3 of the mean of two rows
        tensor(5.3333)
    """
    share, total = current_share(), rows[0].size(0)
    if share.count == 1 or total == 0:
        return mean(*rows)
    own = share.rows(total)
    if own.start == own.stop:  # a mean of nothing is NaN, and a row of weight zero changes nothing
        own = slice(0, 1)
    return share.factor(total) * mean(*(tensor[own] for tensor in rows))
