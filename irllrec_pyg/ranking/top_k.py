"""The best items for some users."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from ..data.pairs import check_ids, id_tensor
from .ranker import Ranker, device_of
from .user_item_index import UserItemIndex

# Scores that are held at once. Small tiles read the items' embeddings too often, large ones do not fit into a cache.
_TILE_ELEMENTS = 1 << 21

Pairs = Tensor | Sequence[Sequence[int]]


def top_k(
    ranker: Ranker, user: Tensor | Sequence[int], k: int = 10, exclude: Pairs | None = None
) -> tuple[Tensor, Tensor]:
    """Ranks all items for some users, a tile of users at a time.

    Args:
        ranker: Anything that scores.
        user: Ids of users, ``[n]``, a tensor or a list, on any device.
        k: Number of items per user. (default: ``10``)
        exclude: (user, item) pairs that are never recommended, ``[2, E]``, such as the training interactions, on
            any device. (default: none)

    Returns:
        Items ``[n, k]``, best first, and their scores ``[n, k]``. Where a user has fewer than ``k`` items left, the
        remaining scores are minus infinity and the remaining items are ``num_items``, which is no item.

    Raises:
        ValueError: An id or ``k`` is out of range, or a score is NaN or infinity. Minus infinity is allowed: a ranker
            gives it to items that are not to be recommended.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = EmbeddingRanker(torch.ones(2, 1), torch.tensor([[1.0], [3.0], [2.0]]))
        >>> top_k(ranker, torch.tensor([0]), k=2, exclude=[[0], [1]])
        (tensor([[2, 0]]), tensor([[2., 1.]]))
    """
    user = check_users(ranker, user)
    check_k(k, ranker.num_items)
    excluded = None
    if exclude is not None:
        pairs = id_tensor(exclude, "exclude").to(user.device)
        excluded = UserItemIndex(pairs, ranker.num_users, ranker.num_items, "exclude")
    item = user.new_empty(user.numel(), k)
    score = torch.empty(user.numel(), k, device=user.device)
    for rows, scores in score_tiles(ranker, user, excluded):
        best = scores.topk(k, dim=1)
        if not (best.values[:, 0] < torch.inf).all():  # NaN and infinity come first
            raise ValueError(
                f"{type(ranker).__name__} gives scores that are NaN or infinity; if it was trained, lower the learning "
                "rate or the loss weights"
            )
        item[rows] = best.indices.masked_fill(best.values == -torch.inf, ranker.num_items)
        score[rows] = best.values.to(score.dtype)
    return item, score


@torch.no_grad()
def score_tiles(ranker: Ranker, user: Tensor, excluded: UserItemIndex | None = None) -> Iterator[tuple[Tensor, Tensor]]:
    """Yields the scores of all items for a tile of users at a time, ``(rows, scores)``.

    Args:
        ranker: Anything that scores.
        user: Ids of users, ``[n]``, on the ranker's device.
        excluded: Pairs whose scores become minus infinity. (default: none)

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = EmbeddingRanker(torch.ones(2, 1), torch.tensor([[1.0], [3.0]]))
        >>> [scores for _, scores in score_tiles(ranker, torch.tensor([0]))]
        [tensor([[1., 3.]])]
    """
    elements = _TILE_ELEMENTS if user.device.type == "cpu" else 8 * _TILE_ELEMENTS
    for rows in torch.arange(user.numel(), device=user.device).split(max(1, elements // ranker.num_items)):
        scores = ranker.score(user[rows])
        if excluded is not None:
            scores[excluded.lookup(user[rows])] = -torch.inf
        yield rows, scores


def check_users(ranker: Ranker, user: Tensor | Sequence[int]) -> Tensor:
    """Ids of users as 64-bit integers on the ranker's device.

    Args:
        ranker: The ranker.
        user: Ids of users, ``[n]``, a tensor or a list.

    Raises:
        ValueError: The ids are not a vector of integers, or one of them is out of range.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> check_users(EmbeddingRanker(torch.eye(2), torch.eye(2)), [0, 1])
        tensor([0, 1])
    """
    user = id_tensor(user, "user")
    if user.dim() != 1 or (user.numel() and (user.is_floating_point() or user.dtype == torch.bool)):
        raise ValueError(f"'user' must be a vector of ids (got {user.dtype} of shape {list(user.shape)})")
    user = user.to(device_of(ranker), torch.long)
    check_ids(user, ranker.num_users, "user", "user")
    return user


def check_k(k: int, num_items: int) -> None:
    """Checks the length of a list of items.

    Args:
        k: Number of items per user.
        num_items: :math:`N`.

    Raises:
        ValueError: ``k`` is out of range.

    Examples:
        >>> check_k(5, num_items=3)
        Traceback (most recent call last):
        ValueError: 'k' must lie between 1 and the number of items, 3 (got 5)
    """
    if not 1 <= k <= num_items:
        raise ValueError(f"'k' must lie between 1 and the number of items, {num_items} (got {k})")
