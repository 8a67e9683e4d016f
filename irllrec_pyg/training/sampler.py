"""Triplets for pairwise ranking, an epoch at a time."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ..models import Batch


class TripletSampler:
    r"""Draws one negative item for every training interaction, all of an epoch in one vectorised call.

    Negatives are uniform over the items that the user has not taken: a draw that hits a training positive, found by
    binary search among the sorted (user, item) keys, is drawn again.

    Args:
        pairs: Training interactions, ``[2, E]``.
        num_items: :math:`N`.
        batch_size: Triplets a step. (default: ``4096``)
        seed: Of the whole run; epoch ``t`` depends on ``(seed, t)`` alone, so that a resumed run sees what an
            uninterrupted one would have seen. (default: ``0``)

    Raises:
        ValueError: There are no interactions, ``batch_size`` is below one, or a user has taken every item.
    """

    def __init__(
        self, pairs: Tensor, num_items: int, batch_size: int = 4096, seed: int = 0, by_user: bool = False
    ) -> None:
        if pairs.size(1) == 0:
            raise ValueError("'pairs' is empty: there is no training interaction to learn from; check the split")
        if batch_size < 1:
            raise ValueError(f"'batch_size' must be at least 1 (got {batch_size}); the paper uses 4096")
        self.user, self.item = pairs.as_subclass(Tensor)
        self.num_items, self.batch_size, self.seed, self.by_user = num_items, batch_size, seed, by_user
        self.key = (self.user * num_items + self.item).unique()
        count = torch.bincount(self.key // num_items)
        if int(count.max()) >= num_items:
            raise ValueError(
                f"user {int(count.argmax())} has taken all {num_items} items, so no negative exists; drop that user"
            )

    def __len__(self) -> int:
        """Steps an epoch."""
        return -(-self.user.numel() // self.batch_size)

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """Batches of one epoch, in a random order."""
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
        """One item for each user of ``user``, ``[B]``, that the user has not taken."""
        negative = self._draw(user.numel(), generator)
        pending = torch.arange(user.numel(), device=user.device)
        while (pending := pending[self._taken(user[pending], negative[pending])]).numel():
            negative[pending] = self._draw(pending.numel(), generator)
        return negative

    def _draw(self, count: int, generator: torch.Generator) -> Tensor:
        # Drawn on the generator's device, so that every device sees the same negatives.
        return torch.randint(self.num_items, (count,), generator=generator).to(self.user.device)

    def _taken(self, user: Tensor, item: Tensor) -> Tensor:
        key = user * self.num_items + item
        place = torch.searchsorted(self.key, key).clamp(max=self.key.numel() - 1)
        return self.key[place] == key
