"""The best items for some users."""

from __future__ import annotations

import torch
from torch import Tensor

from ..models import Encoding
from ..training.evaluation import PairsByUser


@torch.no_grad()
def recommend(encoding: Encoding, user: Tensor, k: int = 10, exclude: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Ranks all items for a batch of users.

    Args:
        encoding: What a model's ``encode`` returned.
        user: Whom for, ``[B]``.
        k: How many items each. (default: ``10``)
        exclude: (user, item) pairs that are never recommended, ``[2, E]``, such as training interactions.
            (default: none)

    Returns:
        Items ``[B, k]``, best first, and their scores. Where a user has fewer than ``k`` items left, the rest has a
        score of minus infinity.

    Raises:
        ValueError: A user id or ``k`` is out of range.
    """
    num_users, num_items = encoding.user.size(0), encoding.item.size(0)
    if user.numel() and (int(user.min()) < 0 or int(user.max()) >= num_users):
        raise ValueError(f"'user' holds an id outside 0 ... {num_users - 1}; users are numbered as in the data object")
    if not 1 <= k <= num_items:
        raise ValueError(f"'k' must lie between 1 and the number of items, {num_items} (got {k})")
    score = encoding.score(user)
    if exclude is not None:
        score[PairsByUser(exclude, num_users).of(user)] = -torch.inf
    best = score.topk(k, dim=1)
    return best.indices, best.values
