"""Sparse-dense products over a sorted :class:`~torch_geometric.EdgeIndex`, differentiable in every input.

The two products are each other's gradient, so neither ever holds an ``[E, d]`` tensor:

* :func:`spmm` sums weighted source rows into destination rows;
* :func:`sddmm` takes one inner product an edge.
"""

from __future__ import annotations

import warnings
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary
from torch_geometric import EdgeIndex

from .precision import no_autocast, single

# True of every sparse CSR tensor, and nothing that a user of these products can act on.
warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state")

# Constant weights in the order of the other direction, which the gradient needs in every step: reordering them costs
# half of a product. An entry goes when its weights do.
_reordered: WeakTensorKeyDictionary = WeakTensorKeyDictionary()


def spmm(edge_index: EdgeIndex, x: Tensor, weight: Tensor | None = None) -> Tensor:
    r"""Weighted sum over incoming edges,
    :math:`\mathbf{y}_i = \sum_{(j, i) \in \mathcal{E}} w_{ji} \mathbf{x}_j`.

    :meth:`torch_geometric.EdgeIndex.matmul` does the same for constant weights; this one also has the gradient
    with respect to the weights, as a sampled dense-dense product.

    Args:
        edge_index: Sorted edges with a known sparse size (sources, destinations).
        x: Source features, ``[num_src, d]``.
        weight: One weight an edge, ``[E]``, in the order of ``edge_index``. (default: ones)

    Returns:
        ``[num_dst, d]``.
    """
    x = single(x)
    weight = x.new_ones(edge_index.size(1)) if weight is None else single(weight)
    with no_autocast(x):
        out: Tensor = _SpMM.apply(weight, x, edge_index, False)
    return out


def sddmm(edge_index: EdgeIndex, src: Tensor, dst: Tensor) -> Tensor:
    r"""Inner product of the two ends of every edge, :math:`s_{ji} = \mathbf{a}_j^{\top} \mathbf{b}_i`.

    Args:
        edge_index: Sorted edges with a known sparse size (sources, destinations).
        src: Source features :math:`\mathbf{a}`, ``[num_src, d]``.
        dst: Destination features :math:`\mathbf{b}`, ``[num_dst, d]``.

    Returns:
        ``[E]``, in the order of ``edge_index``.
    """
    with no_autocast(src):
        out: Tensor = _SDDMM.apply(single(src), single(dst), edge_index)
    return out


def _compressed(edge_index: EdgeIndex, by_source: bool) -> tuple[Tensor, Tensor, Tensor | None]:
    """``(pointer, index, permutation)`` with the sources, or the destinations, as the compressed rows."""
    (ptr, index), perm = edge_index.get_csr() if by_source else edge_index.get_csc()
    return ptr, index, perm


def _csr(ptr: Tensor, index: Tensor, value: Tensor, size: tuple[int, int]) -> Tensor:
    # The structure comes from a validated EdgeIndex: checking it again would cost a synchronisation a call.
    return torch.sparse_csr_tensor(ptr, index, value, size=size, check_invariants=False)


def _reorder(weight: Tensor, perm: Tensor | None) -> Tensor:
    """``weight[perm]``, kept while the weights are constant and unchanged."""
    if perm is None:
        return weight
    if weight.requires_grad or weight.is_inference():
        return weight[perm]
    version, of, value = _reordered.get(weight, (None, None, None))
    if version != weight._version or of is not perm:
        made = weight[perm]
        # Symmetric weights are not held twice; an entry that held its own key would never go.
        value = None if torch.equal(made, weight) else made
        _reordered[weight] = weight._version, perm, value
    return weight if value is None else value


class _SpMM(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, weight: Tensor, x: Tensor, edge_index: EdgeIndex, by_source: bool) -> Tensor:
        ctx.save_for_backward(weight, x)
        ctx.edge_index, ctx.by_source = edge_index, by_source
        ptr, index, perm = _compressed(edge_index, by_source)
        value = _reorder(weight, perm).to(x.dtype)
        if x.device.type == "cpu":  # a node's incoming edges are a bag: torch sums bags twice as fast as MKL multiplies
            return F.embedding_bag(index, x, ptr, mode="sum", per_sample_weights=value, include_last_offset=True)
        num_src, num_dst = edge_index.get_sparse_size()
        size = (num_src, num_dst) if by_source else (num_dst, num_src)
        out = x.new_empty(size[0], x.size(1))
        # As torch.sparse.mm(matrix, x), which fills and copies the output once more.
        return torch.addmm(out, _csr(ptr, index, value, size), x, beta=0, out=out)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        weight, x = ctx.saved_tensors
        grad_weight = grad_x = None
        if ctx.needs_input_grad[0]:
            src, dst = (grad, x) if ctx.by_source else (x, grad)
            grad_weight = _SDDMM.apply(src, dst, ctx.edge_index).to(weight.dtype)
        if ctx.needs_input_grad[1]:
            grad_x = _SpMM.apply(weight, grad, ctx.edge_index, not ctx.by_source)
        return grad_weight, grad_x, None, None


class _SDDMM(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, src: Tensor, dst: Tensor, edge_index: EdgeIndex) -> Tensor:
        ctx.save_for_backward(src, dst)
        ctx.edge_index = edge_index
        ptr, index, perm = _compressed(edge_index, by_source=False)
        pattern = _csr(ptr, index, src.new_zeros(index.numel()), (dst.size(0), src.size(0)))
        value = torch.sparse.sampled_addmm(pattern, dst, src.t(), beta=0.0).values()
        return value if perm is None else torch.empty_like(value).index_copy_(0, perm, value)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        src, dst = ctx.saved_tensors
        grad_src = grad_dst = None
        if ctx.needs_input_grad[0]:
            grad_src = _SpMM.apply(grad, dst, ctx.edge_index, True)
        if ctx.needs_input_grad[1]:
            grad_dst = _SpMM.apply(grad, src, ctx.edge_index, False)
        return grad_src, grad_dst, None
