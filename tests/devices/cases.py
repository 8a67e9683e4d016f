"""Computations that must give the same on every device. A registered model is a case by being registered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from irllrec_pyg.data import JointGraph
from irllrec_pyg.losses import bpr_loss, l2_loss
from irllrec_pyg.models import (
    BACKBONES,
    ENHANCERS,
    STANDALONE,
    Batch,
    create_backbone,
    create_enhancer,
    create_standalone,
)
from irllrec_pyg.nn import IntentConv, LightConv
from irllrec_pyg.ops import (
    sddmm,
    spmm,
    tiled_cross_entropy,
    tiled_kl_divergence,
    tiled_logsumexp,
    two_sided_cross_entropy,
    two_sided_kl_divergence,
)
from irllrec_pyg.testing import tiny_batch, tiny_data

Results = dict[str, Tensor]
DATA = tiny_data()
DRAWN = "drawn "  # begins the names of results that depend on random numbers, of which each device has its own


def _graph(device: torch.device) -> JointGraph:
    return JointGraph.from_data(DATA).to(device)


def _normal(*shape: int, device: torch.device, dtype: torch.dtype = torch.float32) -> Tensor:
    """The same numbers on every device, of which gradients are computed."""
    return torch.randn(*shape).to(dtype).to(device).requires_grad_()


def _with_gradients(function: Callable[..., Tensor], *inputs: Tensor) -> Results:
    out = function(*inputs)
    grads = torch.autograd.grad(out.square().sum(), inputs)
    return {"out": out.detach(), **{f"gradient {place}": grad for place, grad in enumerate(grads)}}


def _edges(
    function: Callable[[JointGraph, Tensor, Tensor], Tensor], device: torch.device, dtype: torch.dtype
) -> Results:
    graph = _graph(device)
    x, y = (_normal(graph.num_nodes, 8, device=device, dtype=dtype) for _ in range(2))
    return _with_gradients(partial(function, graph), x, y)


def _pairs(function: Callable[[Tensor, Tensor], Tensor], device: torch.device, dtype: torch.dtype) -> Results:
    return _with_gradients(function, *(_normal(24, 8, device=device, dtype=dtype) for _ in range(2)))


def _model(make: Callable[[], nn.Module], device: torch.device, dtype: torch.dtype) -> Results:
    """Encodings, losses and gradients, the latter with whatever is drawn at random."""
    model, graph = make().to(device=device, dtype=dtype), _graph(device)
    batch = Batch(*(value.to(device) if isinstance(value, Tensor) else value for value in tiny_batch(DATA)))
    encoding = model.eval().encode(graph)
    torch.manual_seed(0)
    terms = model.train()(graph, batch)
    sum(terms.values()).backward()
    grads = {name: value.grad for name, value in model.named_parameters() if value.grad is not None}
    result = {"user": encoding.user.detach(), "item": encoding.item.detach()}
    result |= {f"{DRAWN}{name}": value.detach() for name, value in terms.items()}
    return result | {f"{DRAWN}gradient of {name}": grad for name, grad in grads.items()}


_EDGES: dict[str, Callable[[JointGraph, Tensor, Tensor], Tensor]] = {
    "spmm": lambda graph, x, y: spmm(graph.edge_index, x, graph.edge_weight.to(x.dtype)) + 0 * y,
    "sddmm": lambda graph, x, y: sddmm(graph.edge_index, x, y),
    "LightConv": lambda graph, x, y: LightConv()(x, graph.edge_index) + 0 * y,
    "IntentConv": lambda graph, x, y: IntentConv()(x, y, graph.edge_index),
}
_PAIRS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "bpr_loss": lambda x, y: bpr_loss(x, y, y.flip(0)),
    "l2_loss": lambda x, y: l2_loss([x, y]),
    "tiled_logsumexp": lambda x, y: tiled_logsumexp(x, y, x.detach().square().sum(dim=1)),
    "tiled_cross_entropy": lambda x, y: tiled_cross_entropy(x, y, torch.arange(24, device=x.device)),
    "tiled_kl_divergence": lambda x, y: tiled_kl_divergence((x, y), (y.detach(), x.detach())),
    "two_sided_cross_entropy": two_sided_cross_entropy,
    "two_sided_kl_divergence": lambda x, y: two_sided_kl_divergence((x, y), (y.detach(), x.detach())),
}
CASES: dict[str, Callable[[torch.device, torch.dtype], Results]] = {
    **{name: partial(_edges, function) for name, function in _EDGES.items()},
    **{name: partial(_pairs, function) for name, function in _PAIRS.items()},
    **{name: partial(_model, partial(create_backbone, name, DATA)) for name in BACKBONES},
    **{
        name: partial(_model, lambda name=name: create_enhancer(name, create_backbone("lightgcn", DATA), DATA))
        for name in ENHANCERS
    },
    **{name: partial(_model, partial(create_standalone, name, DATA)) for name in STANDALONE},
}


def run(name: str, device: torch.device, dtype: torch.dtype = torch.float32) -> Results:
    """Results of a case.

    Args:
        name: Name of the case.
        device: Where it is computed.
        dtype: Type of its inputs and weights.
    """
    torch.manual_seed(0)
    return CASES[name](device, dtype)
