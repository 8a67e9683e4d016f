"""Scores of some items."""

from __future__ import annotations

import torch
from torch import Tensor

from ..ranking import Blend, Ranker, device_of


@torch.no_grad()
def score_items(ranker: Ranker, user: Tensor, items: Tensor) -> Tensor:
    """Scores of some items for some users.

    Embeddings of these items alone are read. A blend asks its parts. Any other ranker scores all items, unless it has a
    method ``score_items`` with these arguments.

    Args:
        ranker: The ranker.
        user: Ids of users, ``[n]``.
        items: Ids of items for every user, ``[n, c]``.

    Returns:
        ``[n, c]``.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = EmbeddingRanker(torch.eye(2), torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
        >>> score_items(ranker, torch.tensor([1]), torch.tensor([[2, 0]]))
        tensor([[6., 2.]])
    """
    own = getattr(ranker, "score_items", None)
    if own is not None:
        scores: Tensor = own(user, items)
        return scores
    if isinstance(ranker, Blend) and type(ranker).score is Blend.score:
        parts = [
            weight * score_items(part, user.to(device_of(part)), items.to(device_of(part))).to(user.device)
            for part, weight in zip(ranker.parts, ranker.weights, strict=True)
            if weight
        ]
        return torch.stack(parts).sum(dim=0)
    if hasattr(ranker, "user_embedding") and hasattr(ranker, "item_embedding"):
        return torch.einsum("nd,ncd->nc", ranker.user_embedding[user], ranker.item_embedding[items])
    return ranker.score(user).gather(1, items)
