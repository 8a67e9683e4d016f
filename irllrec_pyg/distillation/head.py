"""What is kept of a teacher's scores."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .._checks import check_at_least, check_positive
from ..ranking import Ranker, UserItemIndex, check_users, score_tiles


@dataclass
class TeacherHead:
    r"""The best :math:`C` items of every user, and the teacher's probabilities of them.

    Args:
        item (Tensor): Ids of items, best first, ``[M, C]``. The items of a user are distinct.
        prob (Tensor): Probabilities of these items, ``[M, C]``. What a row lacks to one is the probability of all other
            items together. A row ends with zeros where a user has fewer than :math:`C` items that may be recommended.

    Examples:
        >>> TeacherHead(torch.tensor([[1, 0], [2, 1]]), torch.tensor([[0.7, 0.2], [1.0, 0.0]])).top(2)
        tensor([[ 1,  0],
                [ 2, -1]])
    """

    item: Tensor
    prob: Tensor

    def top(self, k: int) -> Tensor:
        """The best items of every user, ``[M, min(k, C)]``; -1 where a user has fewer.

        Args:
            k: Number of items.
        """
        return self.item[:, :k].long().masked_fill(self.prob[:, :k] == 0, -1)


def teacher_head(
    teacher: Ranker,
    size: int = 400,
    temperature: float = 2.0,
    rest_weight: float = 0.1,
    exclude: UserItemIndex | None = None,
) -> TeacherHead:
    r"""Scores all items for all users once, a tile of users at a time, and keeps the head of each list.

    Scores are standardised per user over the items that may be recommended, which does not change the ranking,
    :math:`z_{ui} = (s_{ui} - \mu_u) / \sigma_u`, and become probabilities,

    .. math::
        q_{ui} = \frac{\exp(z_{ui} / \tau)}{Z_u}, \qquad
        Z_u = \sum_{j \in \mathcal{H}_u} \exp(z_{uj} / \tau)
        + \rho \sum_{j \notin \mathcal{H}_u \cup \mathcal{X}_u} \exp(z_{uj} / \tau) .

    Args:
        teacher: Anything that scores.
        size: Number :math:`C` of items in the head :math:`\mathcal{H}_u`; all, if there are fewer. (default: ``400``)
        temperature: :math:`\tau`. (default: ``2.0``)
        rest_weight: :math:`\rho`, between 0 and 1. The items outside the head are many, and with 1 they have most of
            the probability. (default: ``0.1``)
        exclude: Pairs :math:`\mathcal{X}` that are never recommended. (default: none)

    Raises:
        ValueError: An argument is out of its range, or a score is NaN or infinite. Minus infinity is allowed.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = EmbeddingRanker(torch.ones(1, 1), torch.tensor([[1.0], [3.0], [2.0]]))
        >>> head = teacher_head(ranker, size=2)
        >>> head.top(2), head.prob.sum() < 1
        (tensor([[1, 2]]), tensor(True))
    """
    size = min(check_at_least("head_size", size, 1, "hundreds are usual"), teacher.num_items)
    check_positive("temperature", temperature, "2 is the default")
    if not 0.0 <= rest_weight <= 1.0:
        raise ValueError(f"'rest_weight' must lie between 0 and 1 (got {rest_weight}); 0.1 is the default")
    user = check_users(teacher, torch.arange(teacher.num_users))
    item = torch.empty(user.numel(), size, dtype=torch.int32, device=user.device)
    prob = torch.empty(user.numel(), size, device=user.device)
    for rows, scores in score_tiles(teacher, user, exclude):
        logit = _standardize(scores.float()).div_(temperature)
        best = logit.topk(size, dim=1)
        if not (best.values[:, 0] < torch.inf).all():  # NaN and infinity come first
            raise ValueError(
                f"{type(teacher).__name__} gives scores that are NaN or infinity; if it was trained, lower the "
                "learning rate or the loss weights"
            )
        top = best.values[:, :1].clamp(min=torch.finfo(logit.dtype).min)  # finite where nothing is left
        share = (best.values - top).exp()
        rest = logit.sub_(top).exp_().scatter_(1, best.indices, 0.0).sum(dim=1, keepdim=True)
        tiny = torch.finfo(share.dtype).tiny
        share = share / (share.sum(dim=1, keepdim=True) + rest_weight * rest).clamp(min=tiny)
        # An item that may be recommended keeps a probability above zero, however small it is.
        item[rows], prob[rows] = best.indices.int(), share.clamp(min=tiny).where(best.values > -torch.inf, 0.0)
    return TeacherHead(item, prob)


def _standardize(scores: Tensor) -> Tensor:
    """Mean zero and variance one over the scores of a row that are not minus infinity; equal scores become zeros."""
    known = scores != -torch.inf
    count = known.sum(dim=1, keepdim=True).clamp(min=1)
    mean = scores.masked_fill(~known, 0.0).sum(dim=1, keepdim=True) / count
    centered = (scores - mean).masked_fill_(~known, 0.0)
    deviation = (centered.square().sum(dim=1, keepdim=True) / count).sqrt()
    # Equal scores differ from their mean by rounding, which must not be scaled up.
    smallest = mean.abs() * 1e-6 + torch.finfo(scores.dtype).tiny
    return (centered / deviation.maximum(smallest)).masked_fill_(~known, -torch.inf)
