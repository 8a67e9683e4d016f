"""The contract of a message passing layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric import EdgeIndex
from torch_geometric.nn import MessagePassing
from torch_geometric.typing import Adj
from torch_geometric.utils import degree

Features = Callable[[int], tuple[Tensor, ...]]
Forms = dict[str, tuple[Adj, Tensor | None]]
_FLOWS, _AGGREGATIONS = ("source_to_target", "target_to_source"), ("add", "mean", "max")


def edge_forms(edge_index: Tensor, size: tuple[int, int], edge_weight: Tensor | None = None) -> Forms:
    """Returns every form in which PyG's users pass the same edges, each with the weights that belong to it.

    Args:
        edge_index: ``[2, E]``, without duplicates.
        size: Number of nodes for the two rows of ``edge_index``.
        edge_weight: One weight per edge. An adjacency matrix holds them as its values. (default: no weights)

    Examples:
        >>> forms = edge_forms(torch.tensor([[0, 1], [1, 0]]), (2, 2))
        >>> forms["adj_t in CSR"][0].layout
        torch.sparse_csr
    """
    by_target, by_source = (edge_index[1] * size[0] + edge_index[0]).argsort(), edge_index[0].argsort(stable=True)
    values = torch.ones(edge_index.size(1)) if edge_weight is None else edge_weight
    adj_t = torch.sparse_coo_tensor(edge_index[:, by_target].flip(0), values[by_target], size[::-1]).coalesce()
    forms: Forms = {}
    for order, name in ((None, ""), (by_target, "col"), (by_source, "row")):
        edges, weight = edge_index, edge_weight
        if order is not None:
            edges, weight = edges[:, order], None if weight is None else weight[order]
        label = f"sorted by {name}" if name else "unsorted"
        for dtype in (torch.int64, torch.int32):
            kind = "" if dtype == torch.int64 else " in int32"
            index = EdgeIndex(edges.to(dtype), sparse_size=size, sort_order=name or None)
            forms[f"[2, E] {label}{kind}"] = edges.to(dtype), weight
            forms[f"EdgeIndex {label}{kind}"] = index, weight
    forms["EdgeIndex without a size"] = EdgeIndex(edge_index), edge_weight
    forms["adj_t in COO"] = adj_t, None
    forms["adj_t in COO, not coalesced"] = torch.sparse_coo_tensor(edge_index.flip(0), values, size[::-1]), None
    forms["adj_t in CSR"] = adj_t.to_sparse_csr(), None
    forms["adj_t in CSC"] = adj_t.to_sparse_csc(), None
    return forms


def check_edge_forms(
    forward: Callable[..., Tensor],
    edge_index: Tensor,
    size: tuple[int, int],
    wrt: Sequence[Tensor],
    tol: float = 1e-5,
    edge_weight: Tensor | None = None,
) -> Tensor:
    """Asserts that outputs *and* gradients agree in value and type over every form of the same edges.

    Args:
        forward: Runs the layer on a form of the edges, and on weights if ``edge_weight`` is given.
        edge_index: ``[2, E]``, without duplicates.
        size: Number of nodes for the two rows of ``edge_index``.
        wrt: Tensors whose gradients are compared.
        tol: Largest absolute and relative difference. (default: ``1e-5``)
        edge_weight: One weight per edge. (default: no weights)

    Returns:
        The output.

    Raises:
        AssertionError: Two forms disagree. The message names the form.

    Examples:
        >>> from irllrec_pyg.nn import LightConv
        >>> x, edge_index = torch.randn(3, 2, requires_grad=True), torch.tensor([[0, 1, 2], [1, 0, 1]])
        >>> check_edge_forms(lambda adj: LightConv()(x, adj), edge_index, (3, 3), [x]).shape
        torch.Size([3, 2])
    """
    cotangent: Tensor | None = None
    expected: tuple[Tensor, ...] = ()
    for name, (form, weight) in edge_forms(edge_index, size, edge_weight).items():
        try:
            out = forward(form) if edge_weight is None else forward(form, weight)
            cotangent = torch.randn_like(out) if cotangent is None else cotangent
            grads = torch.autograd.grad((out * cotangent).sum(), wrt, retain_graph=True, allow_unused=True)
        except Exception as error:
            raise AssertionError(f"edges as {name} fail: {error}") from error
        found = (out, *(torch.zeros_like(x) if grad is None else grad for grad, x in zip(grads, wrt, strict=True)))
        for value, reference in zip(found, expected or found, strict=True):
            assert value.dtype == reference.dtype, f"edges as {name} give {value.dtype}, not {reference.dtype}"
            message = f"edges as {name} disagree with edges as [2, E]"
            torch.testing.assert_close(value, reference, rtol=tol, atol=tol, msg=message)
        expected = expected or found
    return expected[0]


def check_conv(make: Callable[..., MessagePassing], features: Features, bipartite: bool = True) -> None:
    """Asserts what PyG's users expect of a convolution.

    Outputs and gradients agree over every form of edges (``[2, E]``, ``EdgeIndex``, adjacency matrices, int64 and
    int32), for both flows, for other aggregations, and in single, double and half precision. Edge weights count. Pairs
    of features, empty graphs and isolated nodes work, nodes can be renumbered, and ``reset_parameters`` and ``repr``
    work.

    Args:
        make: Creates the layer from keyword arguments of :class:`~torch_geometric.nn.conv.MessagePassing`; the class
            itself, or a ``functools.partial`` of it. The layer is called as ``conv(*features, edge_index)``.
        features: Creates node inputs, ``features(num_nodes)``; all arguments of the layer before ``edge_index``.
        bipartite: Whether the layer takes pairs ``(source, target)``. (default: ``True``)

    Raises:
        AssertionError: The layer breaks the contract.

    Examples:
        >>> from irllrec_pyg.nn import IntentConv
        >>> check_conv(IntentConv, lambda num_nodes: (torch.randn(num_nodes, 8), torch.randn(num_nodes, 4)))
    """
    conv = make()
    assert repr(conv).startswith(f"{type(conv).__name__}("), f"repr is {conv!r}"
    conv.reset_parameters()
    nodes = 9
    edge_index = _random_edges(nodes - 1, nodes - 1)  # the last node is isolated
    inputs = tuple(x.requires_grad_() for x in features(nodes))
    for flow in _FLOWS:
        for aggr in _AGGREGATIONS:
            _check_options(make, inputs, edge_index, nodes, flow=flow, aggr=aggr)
    for dtype, tol in ((torch.float64, 1e-10), (torch.bfloat16, 3e-2)):
        _check_dtype(make, inputs, edge_index, nodes, dtype, tol)

    out = conv(*inputs, edge_index)
    assert not out[-1].any(), "an isolated node receives nothing"
    renumber = torch.randperm(nodes)
    moved = conv(*(x[renumber] for x in inputs), renumber.argsort()[edge_index])
    torch.testing.assert_close(moved, out[renumber], rtol=1e-5, atol=1e-5, msg="renumbered nodes give another output")
    nothing = torch.empty(2, 0, dtype=torch.long)
    assert not check_edge_forms(lambda adj: conv(*inputs, adj), nothing, (nodes, nodes), inputs).any()
    if "edge_weight" in inspect.signature(conv.forward).parameters:
        _check_weights(make, inputs, edge_index, nodes)
    if bipartite:
        for flow in _FLOWS:
            _check_pairs(make, features, flow)


def _check_options(
    make: Callable[..., MessagePassing],
    inputs: tuple[Tensor, ...],
    edge_index: Tensor,
    nodes: int,
    *,
    flow: str,
    aggr: str,
) -> None:
    conv = make(flow=flow, aggr=aggr)
    wrt = (*inputs, *conv.parameters())
    out = check_edge_forms(lambda adj: conv(*inputs, adj), edge_index, (nodes, nodes), wrt)
    assert out.size(0) == nodes, f"an output has one row per node (got {list(out.shape)})"
    edges = edge_index if flow == "source_to_target" else edge_index.flip(0)
    reference = make(aggr="add" if aggr == "mean" else aggr)
    reference.load_state_dict(conv.state_dict())
    expected = reference(*inputs, edges)
    if aggr == "mean":
        expected = expected / degree(edges[1], nodes).clamp(min=1.0).view(-1, 1)
    torch.testing.assert_close(out, expected, rtol=1e-5, atol=1e-5, msg=f"wrong with flow={flow!r} and aggr={aggr!r}")


def _check_dtype(
    make: Callable[..., MessagePassing],
    inputs: tuple[Tensor, ...],
    edge_index: Tensor,
    nodes: int,
    dtype: torch.dtype,
    tol: float,
) -> None:
    conv = make()
    expected = conv.double()(*(x.double() for x in inputs), edge_index)
    conv, converted = conv.to(dtype), tuple(x.detach().to(dtype).requires_grad_() for x in inputs)
    wrt = (*converted, *conv.parameters())
    out = check_edge_forms(lambda adj: conv(*converted, adj), edge_index, (nodes, nodes), wrt, tol)
    assert out.dtype == dtype, f"{dtype} features give {out.dtype}"
    torch.testing.assert_close(out.double(), expected, rtol=tol, atol=tol, msg=f"{dtype} is too far from double")


def _check_weights(
    make: Callable[..., MessagePassing], inputs: tuple[Tensor, ...], edge_index: Tensor, nodes: int
) -> None:
    weight = torch.rand(edge_index.size(1)).add_(0.1).requires_grad_()
    for flow in _FLOWS:
        conv = make(flow=flow)
        wrt = (*inputs, weight)
        out = check_edge_forms(
            lambda adj, weight: conv(*inputs, adj, weight),  # noqa: B023
            edge_index,
            (nodes, nodes),
            wrt,
            edge_weight=weight,
        )
        assert not torch.allclose(out, conv(*inputs, edge_index)), "edge weights count"
        for name, (form, _) in edge_forms(edge_index, (nodes, nodes)).items():
            if name.startswith("adj_t"):
                _assert_refuses(conv, (*inputs, form, weight), f"'edge_weight' beside {name} must not be ignored")


def _assert_refuses(conv: MessagePassing, arguments: tuple[Any, ...], message: str) -> None:
    try:
        conv(*arguments)
    except ValueError as error:
        assert "edge_weight" in str(error), f"{message}: the error must name it (got {error})"
    else:
        raise AssertionError(message)


def _check_pairs(make: Callable[..., MessagePassing], features: Features, flow: str) -> None:
    conv, size = make(flow=flow), (6, 4)
    edge_index = _random_edges(*size)
    sides = list(zip(*(tuple(x.requires_grad_() for x in features(n)) for n in size), strict=True))
    flat = [x for pair in sides for x in pair]
    out = check_edge_forms(lambda adj: conv(*sides, adj), edge_index, size, flat)
    receiver = 1 if flow == "source_to_target" else 0
    assert out.size(0) == size[receiver], f"an output has one row per receiving node (got {list(out.shape)})"
    torch.testing.assert_close(conv(*sides, edge_index, size=size), out)
    swapped = make()
    swapped.load_state_dict(conv.state_dict())
    if flow == "target_to_source":
        expected = swapped(*(pair[::-1] for pair in sides), edge_index.flip(0))
        torch.testing.assert_close(out, expected, msg="pairs are in the order of the rows of 'edge_index'")


def _random_edges(num_src: int, num_dst: int) -> Tensor:
    key = torch.randperm(num_src * num_dst)[: 2 * max(num_src, num_dst)]
    return torch.stack([key // num_dst, key % num_dst])
