"""Softmax losses over the rows *and* the columns of one similarity matrix, from the same tiles.

The softmax of a row and the softmax of a column share their exponentials. A first pass over the tiles sums them both
ways, and a second pass turns them into the gradient, whose weights at entry :math:`(i, j)` only need the two sums. That
is a third less work than two one-sided losses. No maximum is subtracted before the exponential, which is safe as long
as no logit can be large. If one could, the one-sided losses are called instead.

Where processes share the rows (:mod:`irllrec_pyg.ops.share`), each computes the tiles of its own rows, and the sums of
the columns are added up over the processes between the two passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from . import tiled
from ._second_order import differentiable_gradient, wants_second_order
from .precision import no_autocast, single
from .share import current_share
from .tiled import Pair

_LARGEST_LOGIT = 40.0  # sums of exp(40) over 10^20 nodes, and exp(-40), are still finite in single precision


def two_sided_cross_entropy(row: Tensor, column: Tensor) -> Tensor:
    r"""Contrast of paired views in both directions,

    .. math::
        \frac{1}{n} \sum_i \Big( \log \sum_j \exp(s_{ij}) + \log \sum_j \exp(s_{ji}) - 2 s_{ii} \Big),
        \qquad s_{ij} = \mathbf{a}_i^{\top} \mathbf{c}_j,

    equal to the sum of :func:`tiled_cross_entropy` of the rows against the columns and of the columns against the rows.

    Args:
        row: :math:`\mathbf{A}`, ``[n, d]``, already scaled.
        column: :math:`\mathbf{C}`, ``[n, d]``.

    Returns:
        A scalar, in single precision if the inputs are in half precision; zero if there are no rows.

    Examples:
        >>> a, c, target = torch.randn(5, 4), torch.randn(5, 4), torch.arange(5)
        >>> one_sided = tiled.tiled_cross_entropy(a, c, target) + tiled.tiled_cross_entropy(c, a, target)
        >>> torch.allclose(two_sided_cross_entropy(a, c), one_sided)
        True
    """
    with no_autocast(row):
        a, c = single(row), single(column)
        if a.numel() and _bounded((a, c)):
            both: Tensor = _TwoSidedLogSumExp.apply(a, c)
            return (both - 2.0 * (a * c).sum()) / a.size(0)
        target = torch.arange(a.size(0), device=a.device)
        return tiled.tiled_cross_entropy(a, c, target) + tiled.tiled_cross_entropy(c, a, target)


def two_sided_kl_divergence(student: Pair, teacher: Pair) -> Tensor:
    r"""Mean divergence between the softmaxes of the teacher and of the student, over rows and over columns,

    .. math::
        \frac{1}{n} \sum_i \mathrm{KL}(\mathbf{q}_i \,\|\, \mathbf{p}_i)
        + \frac{1}{m} \sum_j \mathrm{KL}(\mathbf{q}'_j \,\|\, \mathbf{p}'_j),

    equal to the sum of :func:`tiled_kl_divergence` of the matrices and of their transposes. The teacher receives no
    gradient.

    Args:
        student: Rows ``[n, d]`` and columns ``[m, d]`` of the student's matrix.
        teacher: Rows ``[n, d']`` and columns ``[m, d']`` of the teacher's matrix.

    Returns:
        A scalar, in single precision if the inputs are in half precision; zero if there are no rows.

    Examples:
        >>> student, teacher = (torch.randn(5, 4), torch.randn(7, 4)), (torch.randn(5, 2), torch.randn(7, 2))
        >>> swapped = [(columns, rows) for rows, columns in (student, teacher)]
        >>> one_sided = tiled.tiled_kl_divergence(student, teacher) + tiled.tiled_kl_divergence(*swapped)
        >>> torch.allclose(two_sided_kl_divergence(student, teacher), one_sided)
        True
    """
    with no_autocast(student[0]):
        views = [single(view) for view in (*student, *(tensor.detach() for tensor in teacher))]
        p, q = (views[0], views[1]), (views[2], views[3])
        if views[0].numel() and _bounded(p, q):
            out: Tensor = _TwoSidedKL.apply(*views)
            return out
        return tiled.tiled_kl_divergence(p, q) + tiled.tiled_kl_divergence((p[1], p[0]), (q[1], q[0]))


def _bounded(*matrices: Pair) -> bool:
    """Whether no logit of these matrices can be large (Cauchy-Schwarz). False under ``torch.compile``, which cannot
    branch on values."""
    if torch.compiler.is_compiling():
        return False
    largest = [row.detach().norm(dim=1).max() * column.detach().norm(dim=1).max() for row, column in matrices]
    share = current_share()  # processes must take the same branch, and rounding may differ between them
    return bool((share.sum(torch.stack(largest)) < share.count * _LARGEST_LOGIT).all())


def _dense_logsumexp(row: Tensor, column: Tensor) -> Tensor:
    logits = row @ column.t()
    return logits.logsumexp(dim=1).sum() + logits.logsumexp(dim=0).sum()


def _dense_kl(row: Tensor, column: Tensor, teacher_row: Tensor, teacher_column: Tensor) -> Tensor:
    by_row = tiled.dense_kl_divergence(row, column, teacher_row, teacher_column)
    return by_row + tiled.dense_kl_divergence(column, row, teacher_column, teacher_row)


def _scaled(count: int, *grads: Tensor) -> tuple[Tensor, ...]:
    """Gradients of one share, such that their mean over all shares is the gradient."""
    return grads if count == 1 else tuple(grad.mul_(count) for grad in grads)


class _Exponentials:
    """Tiles of :math:`\\exp(\\mathbf{A} \\mathbf{C}^{\\top})` for some rows, all in one buffer. A matrix of one tile is
    computed once: the second pass finds it in the buffer."""

    def __init__(self, row: Tensor, column: Tensor, own: slice) -> None:
        self.row, self.column_t, self.step = row, column.t().contiguous(), tiled.tile_rows(column)
        self.own, size = own, own.stop - own.start
        self.buffer, self.is_single = row.new_empty(min(self.step, size), column.size(0)), size <= self.step

    def again(self, rows: slice) -> Tensor:
        """Exponentials of a tile in the second pass."""
        return self.buffer if self.is_single else self.logits(rows).exp_()

    def logits(self, rows: slice) -> Tensor:
        """Logits of a tile, before the exponential."""
        part = self.row[rows]
        return torch.mm(part, self.column_t, out=self.buffer[: part.size(0)])

    def slices(self) -> Iterator[slice]:
        """Rows of each tile."""
        for start in range(self.own.start, self.own.stop, self.step):
            yield slice(start, min(start + self.step, self.own.stop))


class _TwoSidedLogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, row: Tensor, column: Tensor) -> Tensor:
        share, own = current_share(), current_share().rows(row.size(0))
        e = _Exponentials(row, column, own)
        by_row, by_column = row.new_empty(row.size(0), 1), row.new_zeros(column.size(0))
        for rows in e.slices():
            tile = e.logits(rows).exp_()
            torch.sum(tile, dim=1, keepdim=True, out=by_row[rows])
            by_column += tile.sum(dim=0)
        share.sum(by_column)
        total = share.count * by_row[own].log().sum() + by_column.log().sum()
        grad_row, grad_column = torch.zeros_like(row), torch.zeros_like(column)
        per_row, per_column, weight = by_row.reciprocal_(), by_column.reciprocal_(), torch.empty_like(e.buffer)
        for rows in e.slices():
            tile = e.again(rows)
            tile.mul_(torch.add(per_row[rows], per_column, out=weight[: tile.size(0)]))
            torch.mm(tile, column, out=grad_row[rows])
            grad_column.addmm_(tile.t(), row[rows])
        ctx.save_for_backward(*_scaled(share.count, grad_row, grad_column), row, column)
        return total

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        grad_row, grad_column, row, column = ctx.saved_tensors
        if wants_second_order():
            return differentiable_gradient(_dense_logsumexp, (row, column), grad)
        return grad * grad_row, grad * grad_column


class _TwoSidedKL(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, row: Tensor, column: Tensor, teacher_row: Tensor, teacher_column: Tensor) -> Tensor:
        n, m, share, own = row.size(0), column.size(0), current_share(), current_share().rows(row.size(0))
        p, q = _Exponentials(row, column, own), _Exponentials(teacher_row, teacher_column, own)
        gap = torch.empty_like(p.buffer)
        # Sums of the student's exponentials, of the teacher's, and of the teacher's times the difference of logits.
        by_row, by_column = row.new_empty(3, n, 1), row.new_zeros(3, m)
        for rows in p.slices():
            s, t = p.logits(rows), q.logits(rows)
            d = torch.sub(t, s, out=gap[: s.size(0)])
            d.mul_(t.exp_())
            for k, tile in enumerate((s.exp_(), t, d)):
                torch.sum(tile, dim=1, keepdim=True, out=by_row[k, rows])
                by_column[k] += tile.sum(dim=0)
        share.sum(by_column)
        means = [
            ((cross / zt).sum() + (zs / zt).log().sum()) / size
            for (zs, zt, cross), size in ((by_row[:, own], n), (by_column, m))
        ]
        total = share.count * means[0] + means[1]
        grad_row, grad_column = torch.zeros_like(row), torch.zeros_like(column)
        per_row, per_column = by_row[:2].reciprocal().div_(n), by_column[:2].reciprocal().div_(m)
        for rows in p.slices():
            s, t = p.again(rows), q.again(rows)
            weight = gap[: s.size(0)]
            s.mul_(torch.add(per_row[0, rows], per_column[0], out=weight))
            s.sub_(t.mul_(torch.add(per_row[1, rows], per_column[1], out=weight)))
            torch.mm(s, column, out=grad_row[rows])
            grad_column.addmm_(s.t(), row[rows])
        ctx.save_for_backward(*_scaled(share.count, grad_row, grad_column), row, column, teacher_row, teacher_column)
        return total

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        grad_row, grad_column, row, column, *teacher = ctx.saved_tensors
        if wants_second_order():
            return *differentiable_gradient(lambda a, c: _dense_kl(a, c, *teacher), (row, column), grad), None, None
        return grad * grad_row, grad * grad_column, None, None
