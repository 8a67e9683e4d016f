"""Softmax losses over a similarity matrix that is computed a tile of rows at a time and never held.

All of them compute their gradient in the forward pass, as
:func:`torch.nn.functional.linear_cross_entropy` does: the gradient of a row of logits is the student's softmax less
the target distribution, and it is gone before the next tile is made.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import LinearCrossEntropyOptions

from .precision import no_autocast, single

_TILE_ELEMENTS = 1 << 20  # logits held at once: 4 MiB in single precision, which stay in a processor's cache


def tiled_cross_entropy(anchor: Tensor, candidate: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    r"""Mean cross entropy of the logits :math:`\mathbf{A} \mathbf{C}^{\top}`, without holding them,

    .. math::
        \frac{1}{\sum_i w_i} \sum_i w_i \Big( \log \sum_j \exp(\mathbf{a}_i^{\top} \mathbf{c}_j)
        - \mathbf{a}_i^{\top} \mathbf{c}_{t_i} \Big).

    Args:
        anchor: ``[n, d]``, already scaled by whatever temperature the loss has.
        candidate: ``[m, d]``.
        target: Index of each anchor's positive among the candidates, ``[n]``.
        weight: :math:`\mathbf{w}`, one an anchor, ``[n]``; an anchor that occurs twice is one row of weight two,
            at half the cost. (default: ones)

    Returns:
        A scalar; zero where ``n`` is zero.
    """
    if anchor.size(0) == 0:
        return anchor.sum() + candidate.sum() * 0.0
    if weight is not None:
        weight = weight.to(torch.promote_types(anchor.dtype, torch.float32))
        weight = weight / weight.sum()
        with no_autocast(anchor):
            positive = single(anchor) * single(candidate).index_select(0, target)
        return tiled_logsumexp(anchor, candidate, weight) - (weight.unsqueeze(-1) * positive).sum()
    # Below a tile there is nothing to save, and the dense form is differentiable twice.
    options = None
    if anchor.size(0) * candidate.size(0) > _TILE_ELEMENTS:
        on_cpu = anchor.device.type == "cpu"  # elsewhere the library chooses
        options = LinearCrossEntropyOptions(
            allow_retain_graph=True,
            batch_chunk_size=_rows(candidate) if on_cpu else None,
            chunking_method=None if on_cpu else "auto",
        )
    with no_autocast(anchor):
        return F.linear_cross_entropy(single(anchor), single(candidate), target, options=options)


def tiled_logsumexp(anchor: Tensor, candidate: Tensor, weight: Tensor) -> Tensor:
    r"""Weighted sum of row-wise log-partitions,
    :math:`\sum_i w_i \log \sum_j \exp(\mathbf{a}_i^{\top} \mathbf{c}_j)`, without holding the logits.

    What a softmax loss costs is this; :func:`torch.nn.functional.linear_cross_entropy` has it too, but every row there
    counts alike and has one positive.

    Args:
        anchor: ``[n, d]``.
        candidate: ``[m, d]``.
        weight: ``[n]``, constant: it receives no gradient.

    Returns:
        A scalar.
    """
    with no_autocast(anchor):
        out: Tensor = _TiledLogSumExp.apply(single(anchor), single(candidate), single(weight.detach()))
    return out


def tiled_kl_divergence(student: tuple[Tensor, Tensor], teacher: tuple[Tensor, Tensor]) -> Tensor:
    r"""Mean row-wise divergence between the softmaxes of two similarity matrices,
    :math:`\frac{1}{n} \sum_i \mathrm{KL}(\mathbf{q}_i \,\|\, \mathbf{p}_i)` with
    :math:`\mathbf{p}_i = \mathrm{softmax}(\mathbf{A} \mathbf{C}^{\top})_i` of the student and :math:`\mathbf{q}_i`
    likewise of the teacher. The teacher receives no gradient.

    Args:
        student: Rows ``[n, d]`` and columns ``[m, d]`` of the student's matrix.
        teacher: Rows ``[n, d']`` and columns ``[m, d']`` of the teacher's matrix.

    Returns:
        A scalar; zero where ``n`` is zero.
    """
    views = (*student, *(tensor.detach() for tensor in teacher))
    with no_autocast(student[0]):
        out: Tensor = _TiledKL.apply(*(single(view) for view in views))
    return out


def _rows(candidate: Tensor) -> int:
    return max(16, _TILE_ELEMENTS // max(1, candidate.size(0)))


class _TiledLogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, anchor: Tensor, candidate: Tensor, weight: Tensor) -> Tensor:
        total, weight = anchor.new_zeros(()), weight.to(anchor.dtype).unsqueeze(-1)
        grad_anchor, grad_candidate = torch.empty_like(anchor), torch.zeros_like(candidate)
        for start in range(0, anchor.size(0), step := _rows(candidate)):
            tile = slice(start, start + step)
            p = anchor[tile] @ candidate.t()
            top = p.amax(dim=1, keepdim=True)
            mass = p.sub_(top).exp_().sum(dim=1, keepdim=True)
            total += (weight[tile] * (mass.log() + top)).sum()
            scale = weight[tile] / mass  # on the narrow factors: the wide one is passed over as seldom as can be
            torch.mm(p, candidate, out=grad_anchor[tile]).mul_(scale)
            grad_candidate.addmm_(p.t(), anchor[tile] * scale)
        ctx.save_for_backward(grad_anchor, grad_candidate)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        grad_anchor, grad_candidate = ctx.saved_tensors
        return grad * grad_anchor, grad * grad_candidate, None


class _TiledKL(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, row: Tensor, column: Tensor, teacher_row: Tensor, teacher_column: Tensor) -> Tensor:
        n, total = row.size(0), row.new_zeros(())
        grad_row, grad_column = torch.empty_like(row), torch.zeros_like(column)
        for start in range(0, n, step := _rows(column)):
            tile = slice(start, start + step)
            log_p = (row[tile] @ column.t()).log_softmax(dim=1)
            log_q = (teacher_row[tile] @ teacher_column.t()).log_softmax(dim=1)
            q = log_q.exp()
            total += (q * log_q.sub_(log_p)).sum()
            grad_logit = log_p.exp_().sub_(q)
            torch.mm(grad_logit, column, out=grad_row[tile])
            grad_column.addmm_(grad_logit.t(), row[tile])
        ctx.save_for_backward(grad_row.div_(max(n, 1)), grad_column.div_(max(n, 1)))
        return total / max(n, 1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        grad_row, grad_column = ctx.saved_tensors
        return grad * grad_row, grad * grad_column, None, None
