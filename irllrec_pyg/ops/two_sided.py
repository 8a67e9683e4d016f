"""Softmax losses over the rows *and* the columns of one similarity matrix, from the same tiles.

A row's softmax and a column's share their exponentials. One pass over the tiles sums them both ways, a second turns
them into the gradient, whose weights at entry :math:`(i, j)` only need the two sums. That is a third less work than
the two one-sided losses, whose maxima these do without: exponentials are taken as they are, which is safe while
no logit can be large. Where one could, the one-sided losses are called instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from . import tiled
from .precision import no_autocast, single

_LARGEST_LOGIT = 40.0  # exp(40) summed over 10^20 nodes, and exp(-40) next to it, are numbers in single precision
Pair = tuple[Tensor, Tensor]


def two_sided_cross_entropy(row: Tensor, column: Tensor) -> Tensor:
    r"""Contrast of paired views in both directions,

    .. math::
        \frac{1}{n} \sum_i \Big( \log \sum_j \exp(s_{ij}) + \log \sum_j \exp(s_{ji}) - 2 s_{ii} \Big),
        \qquad s_{ij} = \mathbf{a}_i^{\top} \mathbf{c}_j,

    equal to :func:`tiled_cross_entropy` of the rows against the columns and of the columns against the rows.

    Args:
        row: :math:`\mathbf{A}`, ``[n, d]``, already scaled.
        column: :math:`\mathbf{C}`, ``[n, d]``.

    Returns:
        A scalar; zero where ``n`` is zero.
    """
    with no_autocast(row):
        a, c = single(row), single(column)
        if a.size(0) ** 2 > tiled._TILE_ELEMENTS and _bounded((a, c)):
            both: Tensor = _TwoSidedLogSumExp.apply(a, c)
            return (both - 2.0 * (a * c).sum()) / a.size(0)
        target = torch.arange(a.size(0), device=a.device)
        return tiled.tiled_cross_entropy(a, c, target) + tiled.tiled_cross_entropy(c, a, target)


def two_sided_kl_divergence(student: Pair, teacher: Pair) -> Tensor:
    r"""Mean divergence of the student's softmaxes from the teacher's, over rows and over columns,

    .. math::
        \frac{1}{n} \sum_i \mathrm{KL}(\mathbf{q}_i \,\|\, \mathbf{p}_i)
        + \frac{1}{m} \sum_j \mathrm{KL}(\mathbf{q}'_j \,\|\, \mathbf{p}'_j),

    equal to :func:`tiled_kl_divergence` of the matrices and of their transposes. The teacher receives no gradient.

    Args:
        student: Rows ``[n, d]`` and columns ``[m, d]`` of the student's matrix.
        teacher: Rows ``[n, d']`` and columns ``[m, d']`` of the teacher's matrix.

    Returns:
        A scalar; zero where there are no rows.
    """
    with no_autocast(student[0]):
        views = [single(view) for view in (*student, *(tensor.detach() for tensor in teacher))]
        p, q = (views[0], views[1]), (views[2], views[3])
        if views[0].numel() and _bounded(p, q):
            out: Tensor = _TwoSidedKL.apply(*views)
            return out
        return tiled.tiled_kl_divergence(p, q) + tiled.tiled_kl_divergence((p[1], p[0]), (q[1], q[0]))


def _bounded(*matrices: Pair) -> bool:
    """Whether no logit of these can be large (Cauchy-Schwarz); ``torch.compile`` cannot ask, and is told no."""
    if torch.compiler.is_compiling():
        return False
    largest = [row.detach().norm(dim=1).max() * column.detach().norm(dim=1).max() for row, column in matrices]
    return bool((torch.stack(largest) < _LARGEST_LOGIT).all())


class _Exponentials:
    """Tiles of :math:`\\exp(\\mathbf{A} \\mathbf{C}^{\\top})`, all in the same buffers."""

    def __init__(self, row: Tensor, column: Tensor) -> None:
        self.row, self.column_t, self.step = row, column.t().contiguous(), tiled._rows(column)
        self.buffer = row.new_empty(min(self.step, row.size(0)), column.size(0))

    def logits(self, rows: slice) -> Tensor:
        """Before they are exponentials."""
        part = self.row[rows]
        return torch.mm(part, self.column_t, out=self.buffer[: part.size(0)])

    def slices(self) -> Iterator[slice]:
        """Which rows make a tile."""
        for start in range(0, self.row.size(0), self.step):
            yield slice(start, min(start + self.step, self.row.size(0)))


class _TwoSidedLogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, row: Tensor, column: Tensor) -> Tensor:
        e = _Exponentials(row, column)
        by_row, by_column = row.new_empty(row.size(0), 1), row.new_zeros(column.size(0))
        for rows in e.slices():
            tile = e.logits(rows).exp_()
            torch.sum(tile, dim=1, keepdim=True, out=by_row[rows])
            by_column += tile.sum(dim=0)
        total = by_row.log().sum() + by_column.log().sum()
        grad_row, grad_column = torch.empty_like(row), torch.zeros_like(column)
        per_row, per_column, weight = by_row.reciprocal_(), by_column.reciprocal_(), torch.empty_like(e.buffer)
        for rows in e.slices():
            tile = e.logits(rows).exp_()
            tile.mul_(torch.add(per_row[rows], per_column, out=weight[: tile.size(0)]))
            torch.mm(tile, column, out=grad_row[rows])
            grad_column.addmm_(tile.t(), row[rows])
        ctx.save_for_backward(grad_row, grad_column)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        grad_row, grad_column = ctx.saved_tensors
        return grad * grad_row, grad * grad_column


class _TwoSidedKL(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, row: Tensor, column: Tensor, teacher_row: Tensor, teacher_column: Tensor) -> Tensor:
        n, m = row.size(0), column.size(0)
        p, q = _Exponentials(row, column), _Exponentials(teacher_row, teacher_column)
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
        total = sum(((cross / zt).sum() + (zs / zt).log().sum()) / zs.numel() for zs, zt, cross in (by_row, by_column))
        grad_row, grad_column = torch.empty_like(row), torch.zeros_like(column)
        per_row, per_column = by_row[:2].reciprocal().div_(n), by_column[:2].reciprocal().div_(m)
        for rows in p.slices():
            s, t = p.logits(rows).exp_(), q.logits(rows).exp_()
            weight = gap[: s.size(0)]
            s.mul_(torch.add(per_row[0, rows], per_column[0], out=weight))
            s.sub_(t.mul_(torch.add(per_row[1, rows], per_column[1], out=weight)))
            torch.mm(s, column, out=grad_row[rows])
            grad_column.addmm_(s.t(), row[rows])
        ctx.save_for_backward(grad_row, grad_column)
        return torch.as_tensor(total)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        grad_row, grad_column = ctx.saved_tensors
        return grad * grad_row, grad * grad_column, None, None
