"""Triplets for ranking losses, one epoch at a time."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from .._checks import check_at_least
from ..data import check_pairs
from ..models import Batch


class TripletSampler:
    r"""Draws one negative item for every training interaction, all of an epoch in one vectorized call.

    Negatives are uniform over the items that the user has not taken. A draw that hits a training interaction, which
    binary search among the sorted (user, item) keys finds, is repeated.

    Args:
        pairs: Training interactions, ``[2, E]``, of any integer type.
        num_items: :math:`N`.
        batch_size: Number of triplets per step. (default: ``4096``)
        seed: Seed of the run. An epoch depends on the seed and its number only, so that a resumed run sees the batches
            of an uninterrupted one. (default: ``0``)
        by_user: Whether the interactions of a user stay together when they are shuffled, so that a batch holds few
            users. (default: ``False``)

    Raises:
        ValueError: There are no interactions, an item id is out of range, ``batch_size`` is below one, or a user has
            taken every item.

    Examples:
        >>> sampler = TripletSampler(torch.tensor([[0, 0, 1], [0, 1, 2]]), num_items=3, batch_size=2)
        >>> [batch.user.numel() for batch in sampler.epoch(1)]
        [2, 1]
    """

    def __init__(
        self, pairs: Tensor, num_items: int, batch_size: int = 4096, seed: int = 0, by_user: bool = False
    ) -> None:
        num_users = int(pairs[0].max()) + 1 if pairs.numel() else 0
        # 64-bit ids: the key of a pair can exceed 32 bits.
        self.user, self.item = check_pairs(pairs, num_users, num_items)
        if self.user.numel() == 0:
            raise ValueError("'pairs' is empty: there is no training interaction to learn from; check the split")
        check_at_least("batch_size", batch_size, 1, "the paper uses 4096")
        self.num_items, self.batch_size, self.seed, self.by_user = num_items, batch_size, seed, by_user
        self.key = (self.user * num_items + self.item).unique()
        count = torch.bincount(self.key // num_items)
        if int(count.max()) >= num_items:
            raise ValueError(
                f"user {int(count.argmax())} has taken all {num_items} items, so no negative exists; drop that user"
            )

    def __len__(self) -> int:
        """Number of steps per epoch."""
        return -(-self.user.numel() // self.batch_size)

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """Yields the batches of an epoch, in random order.

        Args:
            epoch: Number of the epoch.
        """
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        order = self._order(generator).to(self.user.device)
        user, item = self.user[order], self.item[order]
        negative = self.negatives(user, generator)
        for start in range(0, user.numel(), self.batch_size):
            rows = slice(start, start + self.batch_size)
            yield Batch(user[rows], item[rows], negative[rows])

    def _order(self, generator: torch.Generator) -> Tensor:
        if not self.by_user:
            return torch.randperm(self.user.numel(), generator=generator)
        user = self.user.cpu()
        return torch.randperm(int(user.max()) + 1, generator=generator)[user].argsort(stable=True)

    def negatives(self, user: Tensor, generator: torch.Generator) -> Tensor:
        """Draws for each user an item that the user has not taken.

        Args:
            user: Ids of users, ``[B]``.
            generator: Source of random numbers, on the CPU.

        Returns:
            Ids of items, ``[B]``.
        """
        negative = self._draw(user.numel(), generator)
        pending = torch.arange(user.numel(), device=user.device)
        while (pending := pending[self._is_taken(user[pending], negative[pending])]).numel():
            negative[pending] = self._draw(pending.numel(), generator)
        return negative

    def _draw(self, count: int, generator: torch.Generator) -> Tensor:
        # Drawn on the CPU, so that every device sees the same negatives.
        return torch.randint(self.num_items, (count,), generator=generator).to(self.user.device)

    def _is_taken(self, user: Tensor, item: Tensor) -> Tensor:
        key = user * self.num_items + item
        position = torch.searchsorted(self.key, key).clamp(max=self.key.numel() - 1)
        return self.key[position] == key
