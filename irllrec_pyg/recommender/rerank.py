"""Other orders than that of the scores: lists of different items, and of less popular items."""

from __future__ import annotations

import torch
from torch import Tensor

from ..ranking import UserItemIndex

#: Items of a shortlist per item of a list, for diversity.
SHORTLIST = 10
# Rows and columns of a matrix of similarities that is held at once.
_SIDE = 2048


def standardize_left(scores: Tensor) -> Tensor:
    """Rows whose finite entries have a mean of zero and a deviation of one; zeros where they are all equal.

    Args:
        scores: Scores ``[n, N]``; minus infinity where an item is left out, which stays.

    Examples:
        >>> standardize_left(torch.tensor([[0.0, 2.0, -torch.inf]]))
        tensor([[-1.,  1., -inf]])
    """
    left = scores > -torch.inf
    values = torch.where(left, scores.float(), 0.0)
    count = left.sum(dim=1, keepdim=True).clamp(min=1)
    tiny = torch.finfo(values.dtype).eps * values.abs().amax(dim=1, keepdim=True)
    values = torch.where(left, values - values.sum(dim=1, keepdim=True) / count, 0.0)
    deviation = (values.square().sum(dim=1, keepdim=True) / count).sqrt()
    values = torch.where(deviation > tiny, values / deviation.clamp(min=torch.finfo(values.dtype).tiny), 0.0)
    return values.masked_fill(~left, -torch.inf)


def discount_popular(scores: Tensor, count: Tensor, discount: float) -> Tensor:
    r"""Scores minus a share of the popularity of their items,

    .. math::
        \tilde{s}_{ui} - \beta \, \tilde{p}_{ui}, \qquad p_i = \log(1 + n_i),

    where :math:`n_i` counts the users who took item :math:`i` in training, and the tilde stands for a mean of zero and
    a deviation of one over the items that are left for the user.

    Args:
        scores: Scores ``[n, N]``; minus infinity where an item is left out.
        count: :math:`n_i`, ``[N]``.
        discount: :math:`\beta`.

    Examples:
        >>> discount_popular(torch.tensor([[1.0, 3.0]]), torch.tensor([0, 9]), discount=0.5)
        tensor([[-0.5000,  0.5000]])
    """
    popularity = count.to(scores.device).float().log1p().expand_as(scores).masked_fill(scores == -torch.inf, -torch.inf)
    result = standardize_left(scores) - discount * standardize_left(popularity)
    return result.masked_fill(scores == -torch.inf, -torch.inf)


def diversify(scores: Tensor, k: int, takers: UserItemIndex, num_users: int, diversity: float) -> Tensor:
    r"""Chooses items that are relevant and differ from each other, by maximal marginal relevance
    (`"The Use of MMR, Diversity-Based Reranking" <https://doi.org/10.1145/290941.291025>`_). One after the other, the
    item joins the list for which

    .. math::
        (1 - \delta) \, r_{ui} - \delta \, \max_{j \in \mathcal{L}_u} \cos(\mathbf{x}_i, \mathbf{x}_j)

    is largest, where :math:`\mathcal{L}_u` is the list so far, :math:`\mathbf{x}_i` holds the users who took an item in
    training, and :math:`r_{ui}` are the scores, scaled to the range from 0 to 1 over the :math:`10 k` best items of the
    user. Only these items can be chosen.

    Args:
        scores: Scores ``[n, N]``; minus infinity where an item is left out.
        k: Number of items per user.
        takers: The users of each item in training.
        num_users: :math:`M`.
        diversity: :math:`\delta`, from 0 to below 1.

    Returns:
        Items in their new order, ``[n, k]``. Items that are left out come last.

    Examples:
        >>> takers = UserItemIndex(torch.tensor([[0, 1, 2], [0, 0, 1]]), num_users=3, num_items=2)
        >>> # items 0 and 1 have the same user
        >>> diversify(torch.tensor([[3.0, 2.9, 1.0]]), k=2, takers=takers, num_users=2, diversity=0.5)
        tensor([[0, 2]])
    """
    best = scores.topk(min(SHORTLIST * k, scores.size(1)), dim=1)
    rows = max(1, _SIDE // best.indices.size(1))  # users whose shortlists are compared at once
    chosen = [
        _marginal(values, items, k, takers, num_users, diversity)
        for values, items in zip(best.values.split(rows), best.indices.split(rows), strict=True)
    ]
    return torch.cat(chosen)


def _marginal(values: Tensor, items: Tensor, k: int, takers: UserItemIndex, num_users: int, diversity: float) -> Tensor:
    """The greedy choice for some users from their shortlists, ``[n, k]``."""
    left, row = values > -torch.inf, torch.arange(len(items), device=items.device)
    relevance = (1.0 - diversity) * _scaled(values, left)
    similarity, place = _cosines(items, takers, num_users)
    relevance = relevance.masked_fill(~left, -2.0)  # below every other value, and above that of a chosen item
    nearest, chosen = torch.zeros_like(relevance), []
    for _ in range(k):
        best = (relevance - diversity * nearest).argmax(dim=1)
        chosen.append(best)
        relevance[row, best] = -torch.inf
        nearest = torch.maximum(nearest, similarity[place[row, best].unsqueeze(1), place])
    return items.gather(1, torch.stack(chosen, dim=1))


def _scaled(values: Tensor, left: Tensor) -> Tensor:
    values = values.float()
    top = values.masked_fill(~left, -torch.inf).amax(dim=1, keepdim=True)
    low = values.masked_fill(~left, torch.inf).amin(dim=1, keepdim=True)
    return torch.where(left, (values - low) / (top - low), 0.0).nan_to_num(0.0)


def _cosines(items: Tensor, takers: UserItemIndex, num_users: int) -> tuple[Tensor, Tensor]:
    """Cosines of the different items of some shortlists, and the place of each item of these among them."""
    different, place = items.unique(return_inverse=True)
    row, user = takers.lookup(different.to(takers.ptr.device))
    count = takers.ptr.diff()[different.to(takers.ptr.device)].clamp(min=1)
    value = count[row].float().rsqrt()
    x = torch.sparse_coo_tensor(
        torch.stack([row, user]), value, (different.numel(), num_users), check_invariants=False
    ).coalesce()
    return torch.sparse.mm(x, x.t()).to_dense().to(items.device), place
