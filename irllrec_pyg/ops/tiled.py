"""Softmax losses over a similarity matrix that is computed one tile of rows at a time and never held.

All of them compute their gradient in the forward pass: the gradient of a row of logits is the student's softmax minus
the target distribution, and it is used up before the next tile is computed. Second derivatives (``create_graph=True``)
are exact too, but hold the whole matrix. :func:`torch.nn.functional.linear_cross_entropy` of newer versions of torch is
no faster on a CPU, has no weights, and returns wrong second derivatives.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ._second_order import differentiable_gradient, wants_second_order
from .precision import no_autocast, single
from .share import current_share, mean_of_share

_TILE_ELEMENTS = 1 << 21  # logits held at once: 8 MiB in single precision, which stay in a processor's cache
Pair = tuple[Tensor, Tensor]


def tiled_cross_entropy(anchor: Tensor, candidate: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    r"""Mean cross entropy of the logits :math:`\mathbf{A} \mathbf{C}^{\top}`, without holding them,

    .. math::
        \frac{1}{\sum_i w_i} \sum_i w_i \Big( \log \sum_j \exp(\mathbf{a}_i^{\top} \mathbf{c}_j)
        - \mathbf{a}_i^{\top} \mathbf{c}_{t_i} \Big).

    Args:
        anchor: :math:`\mathbf{A}`, ``[n, d]``, already divided by the temperature of the loss, if it has one.
        candidate: :math:`\mathbf{C}`, ``[m, d]``.
        target: Index of each anchor's positive among the candidates, ``[n]``.
        weight: Constant weight :math:`\mathbf{w}` of each anchor, ``[n]``. An anchor that occurs twice can be passed
            as one row of weight two, at half the cost. (default: ones)

    Returns:
        A scalar, in single precision if the inputs are in half precision; zero if there are no anchors.

    Examples:
        >>> a, c, target = torch.randn(5, 4), torch.randn(7, 4), torch.tensor([6, 0, 2, 2, 1])
        >>> torch.allclose(tiled_cross_entropy(a, c, target), torch.nn.functional.cross_entropy(a @ c.t(), target))
        True
    """
    dtype = torch.promote_types(anchor.dtype, torch.float32)
    weight = anchor.new_ones(anchor.size(0), dtype=dtype) if weight is None else weight.to(dtype)
    weight = weight / weight.sum()
    with no_autocast(anchor):
        positive = single(anchor) * single(candidate).index_select(0, target.long())
    return tiled_logsumexp(anchor, candidate, weight) - (weight.unsqueeze(-1) * positive).sum()


def tiled_logsumexp(anchor: Tensor, candidate: Tensor, weight: Tensor) -> Tensor:
    r"""Weighted sum of row-wise log-partitions,
    :math:`\sum_i w_i \log \sum_j \exp(\mathbf{a}_i^{\top} \mathbf{c}_j)`, without holding the logits.

    This is the expensive part of every softmax loss.

    Args:
        anchor: :math:`\mathbf{A}`, ``[n, d]``.
        candidate: :math:`\mathbf{C}`, ``[m, d]``.
        weight: Constant weights, ``[n]``. They receive no gradient.

    Returns:
        A scalar, in single precision if the inputs are in half precision.

    Examples:
        >>> a, c, weight = torch.randn(5, 4), torch.randn(7, 4), torch.rand(5)
        >>> torch.allclose(tiled_logsumexp(a, c, weight), (weight * (a @ c.t()).logsumexp(1)).sum(), atol=1e-5)
        True
    """
    share = current_share()
    if share.count > 1:
        own = share.rows(anchor.size(0))
        anchor, weight = anchor[own], share.count * weight[own]
    with no_autocast(anchor):
        out: Tensor = _TiledLogSumExp.apply(single(anchor), single(candidate), single(weight.detach()))
    return out


def tiled_kl_divergence(student: Pair, teacher: Pair) -> Tensor:
    r"""Mean row-wise divergence between the softmaxes of two similarity matrices,
    :math:`\frac{1}{n} \sum_i \mathrm{KL}(\mathbf{q}_i \,\|\, \mathbf{p}_i)` with
    :math:`\mathbf{p}_i = \mathrm{softmax}(\mathbf{A} \mathbf{C}^{\top})_i` for the student and :math:`\mathbf{q}_i`
    likewise for the teacher. The teacher receives no gradient.

    Args:
        student: Rows ``[n, d]`` and columns ``[m, d]`` of the student's matrix.
        teacher: Rows ``[n, d']`` and columns ``[m, d']`` of the teacher's matrix.

    Returns:
        A scalar, in single precision if the inputs are in half precision; zero if there are no rows.

    Examples:
        >>> student, teacher = (torch.randn(5, 4), torch.randn(7, 4)), (torch.randn(5, 2), torch.randn(7, 2))
        >>> tiled_kl_divergence(student, teacher) > 0, tiled_kl_divergence(student, student).abs() < 1e-6
        (tensor(True), tensor(True))
    """
    with no_autocast(student[0]):
        row, column, teacher_row, teacher_column = map(single, (*student, *(tensor.detach() for tensor in teacher)))
        return mean_of_share(lambda p, q: _TiledKL.apply(p, column, q, teacher_column), row, teacher_row)


def dense_kl_divergence(row: Tensor, column: Tensor, teacher_row: Tensor, teacher_column: Tensor) -> Tensor:
    """The same as :func:`tiled_kl_divergence`, with the matrices held.

    Args:
        row: Rows of the student's matrix, ``[n, d]``.
        column: Columns of the student's matrix, ``[m, d]``.
        teacher_row: Rows of the teacher's matrix, ``[n, d']``.
        teacher_column: Columns of the teacher's matrix, ``[m, d']``.

    Examples:
        >>> a, c, ta, tc = (torch.randn(5, 4) for _ in range(4))
        >>> torch.allclose(dense_kl_divergence(a, c, ta, tc), tiled_kl_divergence((a, c), (ta, tc)), atol=1e-5)
        True
    """
    log_p, log_q = (row @ column.t()).log_softmax(dim=1), (teacher_row @ teacher_column.t()).log_softmax(dim=1)
    return (log_q.exp() * (log_q - log_p)).sum() / max(row.size(0), 1)


def tile_rows(candidate: Tensor) -> int:
    """Number of rows per tile for a matrix of candidates.

    Args:
        candidate: ``[m, d]``; a tile has ``m`` columns.

    Examples:
        >>> tile_rows(torch.empty(2048, 2))
        1024
    """
    return max(16, _TILE_ELEMENTS // max(1, candidate.size(0)))


class _TiledLogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, anchor: Tensor, candidate: Tensor, weight: Tensor) -> Tensor:
        total, scale = anchor.new_zeros(()), weight.to(anchor.dtype).unsqueeze(-1)
        grad_anchor, grad_candidate = torch.empty_like(anchor), torch.zeros_like(candidate)
        step = min(tile_rows(candidate), anchor.size(0))
        buffer = anchor.new_empty(step, candidate.size(0))  # one for all tiles: new memory is slow
        for start in range(0, anchor.size(0), max(1, step)):
            tile = slice(start, start + step)
            p = torch.mm(anchor[tile], candidate.t(), out=buffer[: anchor.size(0) - start])
            top = p.amax(dim=1, keepdim=True)
            mass = p.sub_(top).exp_().sum(dim=1, keepdim=True)
            total += (scale[tile] * (mass.log() + top)).sum()
            share = scale[tile] / mass  # scales the narrow factors, because a pass over the wide one costs more
            torch.mm(p, candidate, out=grad_anchor[tile]).mul_(share)
            grad_candidate.addmm_(p.t(), anchor[tile] * share)
        ctx.save_for_backward(grad_anchor, grad_candidate, anchor, candidate, weight)
        return total

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        grad_anchor, grad_candidate, anchor, candidate, weight = ctx.saved_tensors
        if wants_second_order():
            dense = differentiable_gradient(
                lambda a, c: (weight * (a @ c.t()).logsumexp(dim=1)).sum(), (anchor, candidate), grad
            )
            return dense[0], dense[1], None
        return grad * grad_anchor, grad * grad_candidate, None


class _TiledKL(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, row: Tensor, column: Tensor, teacher_row: Tensor, teacher_column: Tensor) -> Tensor:
        n, total = row.size(0), row.new_zeros(())
        grad_row, grad_column = torch.empty_like(row), torch.zeros_like(column)
        for start in range(0, n, step := tile_rows(column)):
            tile = slice(start, start + step)
            log_p = (row[tile] @ column.t()).log_softmax(dim=1)
            log_q = (teacher_row[tile] @ teacher_column.t()).log_softmax(dim=1)
            q = log_q.exp()
            total += (q * log_q.sub_(log_p)).sum()
            grad_logit = log_p.exp_().sub_(q)
            torch.mm(grad_logit, column, out=grad_row[tile])
            grad_column.addmm_(grad_logit.t(), row[tile])
        grads = grad_row.div_(max(n, 1)), grad_column.div_(max(n, 1))
        ctx.save_for_backward(*grads, row, column, teacher_row, teacher_column)
        return total / max(n, 1)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        grad_row, grad_column, row, column, *teacher = ctx.saved_tensors
        if wants_second_order():
            dense = differentiable_gradient(lambda a, c: dense_kl_divergence(a, c, *teacher), (row, column), grad)
            return dense[0], dense[1], None, None
        return grad * grad_row, grad * grad_column, None, None
