"""Sparse-dense products over a sorted :class:`~torch_geometric.EdgeIndex`, differentiable any number of times.

Each of the two products is the gradient of the other, so neither ever holds an ``[E, d]`` tensor:

* :func:`spmm` sums weighted source rows into destination rows;
* :func:`sddmm` takes one inner product per edge.
"""

from __future__ import annotations

import warnings
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary
from torch_geometric import EdgeIndex
from torch_geometric.utils import segment

from .precision import no_autocast, single

# Torch shows this warning for every sparse CSR tensor. A user of these products cannot act on it.
warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state")

# Constant weights in the order of the other direction, which the gradient needs in every step: reordering them costs
# half of a product. An entry is removed together with its weights.
_reordered: WeakTensorKeyDictionary = WeakTensorKeyDictionary()


def spmm(edge_index: EdgeIndex, x: Tensor, weight: Tensor | None = None) -> Tensor:
    r"""Weighted sum over incoming edges,
    :math:`\mathbf{y}_i = \sum_{(j, i) \in \mathcal{E}} w_{ji} \mathbf{x}_j`.

    :meth:`torch_geometric.EdgeIndex.matmul` does the same for constant weights. This function also has the gradient
    with respect to the weights, as a sampled dense-dense product, and derivatives of any order.

    Args:
        edge_index: Sorted edges with a known sparse size (sources, destinations).
        x: Source features, ``[num_src, d]``. Half precision is summed in single precision.
        weight: One weight per edge, ``[E]``, in the order of ``edge_index``. (default: ones)

    Returns:
        ``[num_dst, d]``, of the type of ``x``.

    Raises:
        ValueError: ``edge_index`` is not sorted or has no sparse size, or a shape does not match it.

    Examples:
        >>> from torch_geometric import EdgeIndex
        >>> edge_index = EdgeIndex([[0, 1, 2], [0, 0, 1]], sparse_size=(3, 2), sort_order="col")
        >>> spmm(edge_index, torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([1.0, 10.0, 1.0]))
        tensor([[21.],
                [ 3.]])
    """
    num_src, _ = _check_edges(edge_index)
    if x.dim() != 2 or x.size(0) != num_src:
        raise ValueError(f"'x' must be [{num_src}, d], one row per source of 'edge_index' (got {list(x.shape)})")
    if weight is not None and weight.shape != (edge_index.size(1),):
        raise ValueError(f"'weight' must be [{edge_index.size(1)}], one value per edge (got {list(weight.shape)})")
    value = single(x)
    weight = value.new_ones(edge_index.size(1)) if weight is None else single(weight)
    with no_autocast(x):
        out: Tensor = _SpMM.apply(weight, value, edge_index, False)
    return out.to(x.dtype)


def sddmm(edge_index: EdgeIndex, src: Tensor, dst: Tensor) -> Tensor:
    r"""Inner product of the two ends of every edge, :math:`s_{ji} = \mathbf{a}_j^{\top} \mathbf{b}_i`.

    Args:
        edge_index: Sorted edges with a known sparse size (sources, destinations).
        src: Source features :math:`\mathbf{a}`, ``[num_src, d]``. Half precision is computed in single precision.
        dst: Destination features :math:`\mathbf{b}`, ``[num_dst, d]``.

    Returns:
        ``[E]``, in the order of ``edge_index`` and of the common type of ``src`` and ``dst``.

    Raises:
        ValueError: ``edge_index`` is not sorted or has no sparse size, or a shape does not match it.

    Examples:
        >>> from torch_geometric import EdgeIndex
        >>> edge_index = EdgeIndex([[0, 1, 2], [0, 0, 1]], sparse_size=(3, 2), sort_order="col")
        >>> sddmm(edge_index, torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[1.0], [10.0]]))
        tensor([ 1.,  2., 30.])
    """
    for name, x, count in zip(("src", "dst"), (src, dst), _check_edges(edge_index), strict=True):
        if x.dim() != 2 or x.size(0) != count:
            raise ValueError(f"'{name}' must be [{count}, d], one row per node of 'edge_index' (got {list(x.shape)})")
    dtype = torch.promote_types(src.dtype, dst.dtype)
    with no_autocast(src):
        out: Tensor = _SDDMM.apply(single(src.to(dtype)), single(dst.to(dtype)), edge_index)
    return out.to(dtype)


def incoming_sum(edge_index: EdgeIndex, value: Tensor) -> Tensor:
    r"""Sum of one value per edge over the incoming edges of every node, :math:`y_i = \sum_{(j, i) \in \mathcal{E}}
    s_{ji}`, differentiable any number of times.

    Args:
        edge_index: Sorted edges with a known sparse size (sources, destinations).
        value: ``[E]``, in the order of ``edge_index``.

    Returns:
        ``[num_dst]``.

    Raises:
        ValueError: ``edge_index`` is not sorted or has no sparse size.

    Examples:
        >>> from torch_geometric import EdgeIndex
        >>> edge_index = EdgeIndex([[0, 1, 2], [0, 0, 1]], sparse_size=(3, 2), sort_order="col")
        >>> incoming_sum(edge_index, torch.tensor([1.0, 10.0, 100.0]))
        tensor([ 11., 100.])
    """
    _check_edges(edge_index)
    out: Tensor = _IncomingSum.apply(value, edge_index)
    return out


def _check_edges(edge_index: EdgeIndex) -> tuple[int, int]:
    """The sparse size of sorted edges."""
    if not isinstance(edge_index, EdgeIndex) or not edge_index.is_sorted or None in edge_index.sparse_size():
        raise ValueError(
            f"'edge_index' must be a sorted EdgeIndex with a sparse size (got {type(edge_index).__name__}); "
            "use EdgeIndex(edge_index, sparse_size=(num_src, num_dst)).sort_by('col').values"
        )
    num_src, num_dst = edge_index.get_sparse_size()
    return num_src, num_dst


def compressed(edge_index: EdgeIndex, by_source: bool) -> tuple[Tensor, Tensor, Tensor | None]:
    """``(pointer, index, permutation)`` with the sources, or the destinations, as the compressed rows.

    Args:
        edge_index: Sorted edges with a known sparse size.
        by_source: Whether the sources are the rows.

    Raises:
        ValueError: ``edge_index`` is not sorted or has no sparse size.

    Examples:
        >>> from torch_geometric import EdgeIndex
        >>> edge_index = EdgeIndex([[0, 1, 2], [0, 0, 1]], sparse_size=(3, 2), sort_order="col")
        >>> compressed(edge_index, by_source=False)[:2]
        (tensor([0, 2, 3]), tensor([0, 1, 2]))
    """
    _check_edges(edge_index)
    (ptr, index), perm = edge_index.get_csr() if by_source else edge_index.get_csc()
    return ptr, index, None if perm is None else perm.long()


def _csr(ptr: Tensor, index: Tensor, value: Tensor, size: tuple[int, int]) -> Tensor:
    # The structure comes from a validated EdgeIndex: checking it again would cost a synchronisation per call.
    return torch.sparse_csr_tensor(ptr, index, value, size=size, check_invariants=False)


def _reorder(weight: Tensor, perm: Tensor | None) -> Tensor:
    """``weight[perm]``, kept while the weights are constant and unchanged."""
    if perm is None:
        return weight
    if weight.requires_grad or weight.is_inference():
        return weight[perm]
    version, last_perm, value = _reordered.get(weight, (None, None, None))
    if version != weight._version or last_perm is not perm:
        reordered = weight[perm]
        # Symmetric weights are not held twice. An entry that held its own key would never be removed.
        value = None if torch.equal(reordered, weight) else reordered
        _reordered[weight] = weight._version, perm, value
    return weight if value is None else value


class _SpMM(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, weight: Tensor, x: Tensor, edge_index: EdgeIndex, by_source: bool) -> Tensor:
        # Features are as large as all else in a step, and only the gradient of the weights reads them.
        ctx.save_for_backward(weight, x if ctx.needs_input_grad[0] else None)
        ctx.edge_index, ctx.by_source = edge_index, by_source
        ptr, index, perm = compressed(edge_index, by_source)
        value = _reorder(weight, perm).to(x.dtype)
        if x.device.type == "cpu":  # a node's incoming edges are a bag: torch sums bags twice as fast as MKL multiplies
            return F.embedding_bag(index, x, ptr, mode="sum", per_sample_weights=value, include_last_offset=True)
        num_src, num_dst = edge_index.get_sparse_size()
        size = (num_src, num_dst) if by_source else (num_dst, num_src)
        out = x.new_empty(size[0], x.size(1))
        # The same as torch.sparse.mm(matrix, x), which fills and copies the output once more.
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
        ptr, index, perm = compressed(edge_index, by_source=False)
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


class _IncomingSum(torch.autograd.Function):
    """torch-scatter's segment sum has a first derivative only, and returns a wrong second one without an error."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, edge_index: EdgeIndex) -> Tensor:
        ctx.edge_index = edge_index
        ptr, _, perm = compressed(edge_index, by_source=False)
        return segment(value if perm is None else value[perm], ptr.long(), reduce="sum")

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return _Gather.apply(grad, ctx.edge_index), None


class _Gather(torch.autograd.Function):
    """Value of every edge's destination."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, edge_index: EdgeIndex) -> Tensor:
        ctx.edge_index = edge_index
        return value.index_select(0, edge_index.as_tensor()[1])

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return _IncomingSum.apply(grad, ctx.edge_index), None
