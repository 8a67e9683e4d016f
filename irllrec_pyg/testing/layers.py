"""The contract of a message passing layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch_geometric import EdgeIndex
from torch_geometric.nn import MessagePassing
from torch_geometric.typing import Adj

Features = Callable[[int], tuple[Tensor, ...]]


def check_edge_forms(
    forward: Callable[[Adj], Tensor],
    edge_index: Tensor,
    size: tuple[int, int],
    wrt: Sequence[Tensor],
    tol: float = 1e-5,
) -> Tensor:
    """Asserts that outputs *and* gradients agree over every form of the same edges.

    Args:
        forward: Runs the layer on a form of the edges.
        edge_index: ``[2, E]``, without duplicates.
        size: Number of source and of target nodes.
        wrt: Tensors to compare gradients of.
        tol: Largest absolute and relative difference. (default: ``1e-5``)

    Returns:
        The output.

    Raises:
        AssertionError: Two forms disagree; the message names the form.
    """
    order = (edge_index[1] * size[0] + edge_index[0]).argsort()
    by_target = edge_index[:, order]
    adj_t = torch.sparse_coo_tensor(by_target.flip(0), torch.ones(by_target.size(1)), size[::-1]).coalesce()
    forms: dict[str, Adj] = {
        "[2, E]": edge_index,
        "[2, E] sorted by target": by_target,
        "EdgeIndex sorted by col": EdgeIndex(by_target, sparse_size=size, sort_order="col"),
        "EdgeIndex sorted by row": EdgeIndex(edge_index, sparse_size=size).sort_by("row").values,
        "EdgeIndex, unsorted": EdgeIndex(edge_index),
        "adj_t in CSR": adj_t.to_sparse_csr(),
        "adj_t in COO": adj_t,
    }
    weight: Tensor | None = None
    expected: tuple[Tensor, ...] = ()
    for name, form in forms.items():
        out = forward(form)
        if weight is None:
            weight = torch.randn_like(out)
        grads = torch.autograd.grad((out * weight).sum(), wrt, allow_unused=True)
        got = (out, *(torch.zeros_like(w) if grad is None else grad for grad, w in zip(grads, wrt, strict=True)))
        for value, reference in zip(got, expected or got, strict=True):
            torch.testing.assert_close(value, reference, rtol=tol, atol=tol, msg=f"{name} disagrees with [2, E]")
        expected = expected or got
    return expected[0]


def check_conv(conv: MessagePassing, features: Features, bipartite: bool = True) -> None:
    """Asserts what PyG's users expect of a convolution: every edge form, bipartite pairs, empty graphs, isolated
    nodes, renumbered nodes, and a working ``reset_parameters`` and ``repr``.

    Args:
        conv: The layer, called as ``conv(*features, edge_index)``.
        features: Makes node inputs, ``features(num_nodes)``; all but the last argument of the layer.
        bipartite: Whether the layer takes pairs ``(source, target)``. (default: ``True``)

    Raises:
        AssertionError: The layer breaks the contract.
    """
    name = type(conv).__name__
    assert repr(conv).startswith(f"{name}("), f"repr is {conv!r}"
    conv.reset_parameters()
    nodes = 9
    edge_index = _random_edges(nodes - 1, nodes - 1)  # the last node is isolated
    inputs = tuple(x.requires_grad_() for x in features(nodes))
    out = check_edge_forms(lambda adj: conv(*inputs, adj), edge_index, (nodes, nodes), (*inputs, *conv.parameters()))
    assert out.size(0) == nodes, f"an output row a node (got {list(out.shape)})"
    assert not out[-1].any(), "an isolated node receives nothing"

    renumber = torch.randperm(nodes)
    moved = conv(*(x[renumber] for x in inputs), renumber.argsort()[edge_index])
    torch.testing.assert_close(moved, out[renumber], rtol=1e-5, atol=1e-5)

    nothing = torch.empty(2, 0, dtype=torch.long)
    assert not check_edge_forms(lambda adj: conv(*inputs, adj), nothing, (nodes, nodes), inputs).any()

    if bipartite:
        size, pairs = (6, 4), _random_edges(6, 4)
        sides = list(zip(*(tuple(x.requires_grad_() for x in features(n)) for n in size), strict=True))
        flat = [x for pair in sides for x in pair]
        out = check_edge_forms(lambda adj: conv(*sides, adj), pairs, size, flat)
        assert out.size(0) == size[1], f"an output row a target (got {list(out.shape)})"
        torch.testing.assert_close(conv(*sides, pairs, size=size), out)


def _random_edges(num_src: int, num_dst: int) -> Tensor:
    key = torch.randperm(num_src * num_dst)[: 2 * max(num_src, num_dst)]
    return torch.stack([key // num_dst, key % num_dst])
