"""Distillation of a ranker's scores, of which only the head of each list is kept."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..ops._second_order import differentiable_gradient, wants_second_order
from ..ops.precision import no_autocast, single
from ..ops.share import mean_of_share
from ..ops.tiled import tile_rows


def ranking_distillation_loss(
    user: Tensor, item: Tensor, head: Tensor, prob: Tensor, exclude: Tensor | None = None
) -> Tensor:
    r"""Functional form of :class:`RankingDistillation`.

    Args:
        user: Users of the student, ``[n, d]``.
        item: All items of the student, ``[N, d]``.
        head: The teacher's best items of each user, ``[n, C]``. The items of a row must be distinct.
        prob: The teacher's probabilities of these items, ``[n, C]``. They receive no gradient. What a row lacks to one
            is the probability of all other items together.
        exclude: Pairs of a row of ``user`` and an item that have probability zero, ``[2, E]``. (default: none)

    Returns:
        A scalar, in single precision if the inputs are in half precision; zero if there are no rows.

    Raises:
        ValueError: The shapes do not fit.

    Examples:
        >>> user, item = torch.randn(2, 4), torch.randn(5, 4)
        >>> best = (user @ item.t()).softmax(dim=1).topk(3)
        >>> ranking_distillation_loss(user, item, best.indices, best.values).abs() < 1e-5  # it is its own teacher
        tensor(True)
    """
    if user.dim() != 2 or item.dim() != 2 or user.size(1) != item.size(1):
        raise ValueError(
            f"'user' and 'item' must be matrices of one width (got {list(user.shape)} and {list(item.shape)})"
        )
    if head.dim() != 2 or head.shape != prob.shape or head.size(0) != user.size(0):
        raise ValueError(
            f"'head' and 'prob' must both have one row for each of the {user.size(0)} users (got {list(head.shape)} "
            f"and {list(prob.shape)})"
        )
    pairs = (head.new_empty(2, 0) if exclude is None else exclude).long()
    with no_autocast(user):
        user, item = single(user), single(item)
        row = torch.arange(user.size(0), device=user.device)
        return mean_of_share(
            lambda u, h, p, r: _HeadDivergence.apply(u, item, h, p, pairs if r is row else _of_rows(pairs, r)),
            user, head.long(), prob.detach().to(user.dtype), row,
        )  # fmt: skip


def _of_rows(pairs: Tensor, row: Tensor) -> Tensor:
    """The pairs of some consecutive rows, counted from the first of these."""
    found = pairs[:, (pairs[0] >= row[0]) & (pairs[0] <= row[-1])]
    return torch.stack([found[0] - row[0], found[1]])


class RankingDistillation(nn.Module):
    r"""Divergence of a student's softmax over all items from that of its teacher, of which the head is known,

    .. math::
        \mathcal{L} = \frac{1}{n} \sum_u \Big( \sum_{i \in \mathcal{H}_u} q_{ui} \log \frac{q_{ui}}{p_{ui}}
        + q_{u \ast} \log \frac{q_{u \ast}}{p_{u \ast}} \Big), \qquad
        p_{ui} = \frac{\exp(\mathbf{e}_u^{\top} \mathbf{e}_i)}{\sum_{j \notin \mathcal{X}_u}
        \exp(\mathbf{e}_u^{\top} \mathbf{e}_j)},

    where :math:`\mathcal{H}_u` are the teacher's best :math:`C` items of a user, :math:`q` its probabilities,
    :math:`\mathcal{X}_u` the excluded items, and :math:`\ast` all items outside the head as if they were one, with
    :math:`q_{u \ast} = 1 - \sum_{i \in \mathcal{H}_u} q_{ui}`. By the log sum inequality, this is a lower bound of the
    divergence over single items, and with :math:`C = N` it is that divergence.

    It is the soft form of `"Ranking Distillation: Learning Compact Ranking Models With High Performance for
    Recommender System" <https://arxiv.org/abs/1809.07428>`_, which takes the teacher's best items as additional
    positives. As in the momentum distillation of `IRLLRec <https://arxiv.org/abs/2502.03307>`_ (Eq. 17), the teacher's
    probabilities say how much better one item is than the next, which a list of positives cannot. As in `"DE-RRD"
    <https://arxiv.org/abs/2012.04357>`_, the order of the items outside the head does not count. The matrix of the
    student's scores is never held.

    Shapes:
        - **input:** users :math:`(n, d)`, all items :math:`(N, d)`, head and its probabilities :math:`(n, C)`, excluded
          pairs of a row and an item :math:`(2, E)`
        - **output:** a scalar

    Examples:
        >>> head, prob = torch.tensor([[4, 0], [1, 2]]), torch.tensor([[0.6, 0.3], [0.5, 0.5]])
        >>> RankingDistillation()(torch.zeros(2, 4), torch.zeros(5, 4), head, prob)
        tensor(0.7590)
    """

    def forward(self, user: Tensor, item: Tensor, head: Tensor, prob: Tensor, exclude: Tensor | None = None) -> Tensor:
        """Computes the loss of some users.

        Args:
            user: Users of the student.
            item: All items of the student.
            head: The teacher's best items of each user.
            prob: The teacher's probabilities of these items.
            exclude: Pairs of a row of ``user`` and an item that have probability zero. (default: none)
        """
        return ranking_distillation_loss(user, item, head, prob, exclude)


def dense_head_divergence(user: Tensor, item: Tensor, head: Tensor, prob: Tensor, exclude: Tensor) -> Tensor:
    """:func:`ranking_distillation_loss` in plain torch operations, with the whole matrix of scores.

    Args:
        user: Users of the student, ``[n, d]``.
        item: All items of the student, ``[N, d]``.
        head: The teacher's best items of each user, ``[n, C]``.
        prob: The teacher's probabilities of these items, ``[n, C]``.
        exclude: Pairs of a row of ``user`` and an item that have probability zero, ``[2, E]``.

    Examples:
        >>> head, prob = torch.tensor([[4, 0], [1, 2]]), torch.tensor([[0.6, 0.3], [0.5, 0.5]])
        >>> dense_head_divergence(torch.zeros(2, 4), torch.zeros(5, 4), head, prob, head.new_empty(2, 0))
        tensor(0.7590)
    """
    logit = (user @ item.t()).index_put((exclude[0], exclude[1]), user.new_tensor(-torch.inf))
    log_p = logit.log_softmax(dim=1)
    log_rest = log_p.scatter(1, head, -torch.inf).logsumexp(dim=1)
    rest, log_head = (1.0 - prob.sum(dim=1)).clamp(min=0.0), log_p.gather(1, head)
    loss = torch.xlogy(prob, prob).sum() + torch.xlogy(rest, rest).sum()
    return (loss - _times(prob, log_head).sum() - _times(rest, log_rest).sum()) / max(user.size(0), 1)


def _times(weight: Tensor, log: Tensor) -> Tensor:
    return weight * log.masked_fill(weight == 0, 0.0)  # zero times minus infinity is zero here


class _HeadDivergence(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, user: Tensor, item: Tensor, head: Tensor, prob: Tensor, exclude: Tensor) -> Tensor:
        n, info = max(user.size(0), 1), torch.finfo(user.dtype)
        grad_user, grad_item = torch.empty_like(user), torch.zeros_like(item)
        rest = (1.0 - prob.sum(dim=1, keepdim=True)).clamp(min=0.0)
        # A head that holds everything leaves a rounding error, which is no probability.
        rest = rest.masked_fill(rest < prob.size(1) * info.eps, 0.0)
        total = torch.xlogy(prob, prob).sum() + torch.xlogy(rest, rest).sum()
        row, column = exclude[:, exclude[0].argsort()]
        starts = range(0, user.size(0), step := min(tile_rows(item), n))
        bounds = torch.searchsorted(row, torch.tensor([*starts, user.size(0)], device=row.device)).tolist()
        buffer = user.new_empty(step, item.size(0))  # one for all tiles: new memory is slow
        for index, start in enumerate(starts):
            tile, taken = slice(start, start + step), slice(bounds[index], bounds[index + 1])
            q, q_rest, best = prob[tile], rest[tile], head[tile]
            p = torch.mm(user[tile], item.t(), out=buffer[: user.size(0) - start])
            p[row[taken] - start, column[taken]] = -torch.inf
            top = p.amax(dim=1, keepdim=True).clamp(min=info.min)  # finite where nothing is left
            logit = p.gather(1, best) - top
            p.sub_(top).exp_().scatter_(1, best, 0.0)
            p_head, p_rest = logit.exp(), p.sum(dim=1, keepdim=True)
            mass = (p_head.sum(dim=1, keepdim=True) + p_rest).clamp_(min=info.tiny)
            total -= (
                _times(q, logit - mass.log()).sum() + _times(q_rest, (p_rest.clamp(min=info.tiny) / mass).log()).sum()
            )
            # The gradient of a logit: p - q in the head, and the share in the rest times the gradient of the rest.
            p.mul_(mass.reciprocal() - q_rest / p_rest.clamp(min=info.tiny)).scatter_(1, best, p_head / mass - q)
            torch.mm(p, item, out=grad_user[tile])
            grad_item.addmm_(p.t(), user[tile])
        ctx.save_for_backward(grad_user.div_(n), grad_item.div_(n), user, item, head, prob, exclude)
        return total / n

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None, None, None]:
        grad_user, grad_item, user, item, *teacher = ctx.saved_tensors
        if wants_second_order():
            dense = differentiable_gradient(lambda u, i: dense_head_divergence(u, i, *teacher), (user, item), grad)
            return dense[0], dense[1], None, None, None
        return grad * grad_user, grad * grad_item, None, None, None
