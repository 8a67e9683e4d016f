"""The contracts of recommenders, backbones and enhancers."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from ..data import JointGraph
from ..models import Backbone, Batch, Enhancer, Recommender
from ..training import TripletSampler


def check_recommender(make: Callable[[], Recommender], data: HeteroData) -> None:
    """Asserts what every recommender must do.

    Encodings have the right shapes and are deterministic in evaluation; every loss term is a finite scalar; gradients
    reach every parameter; steps reduce the loss; weights survive ``state_dict``.

    Args:
        make: Builds the recommender for ``data``.
        data: A small data object.

    Raises:
        AssertionError: It breaks the contract.
    """
    _check_recommender(make(), make, JointGraph.from_data(data), _batch(data))


def check_backbone(make: Callable[[], Backbone], data: HeteroData) -> None:
    """Asserts the backbone contract.

    Everything that :func:`check_recommender` asks of it, and: a replaced input embedding is used and receives the
    gradient.

    Args:
        make: Builds the backbone for ``data``.
        data: A small data object.

    Raises:
        AssertionError: The backbone breaks the contract.
    """
    graph, batch = JointGraph.from_data(data), _batch(data)
    model = make()
    _check_recommender(model, make, graph, batch)
    encoding = model.eval().encode(graph)
    assert all(layer.shape == model.embedding.shape for layer in encoding.layers), "layers are joint, [M + N, d]"

    other = torch.randn_like(model.embedding).requires_grad_()
    replaced = model.encode(graph, other)
    assert not torch.allclose(replaced.user, encoding.user), "a replaced embedding must be used"
    (grad,) = torch.autograd.grad(replaced.user.sum() + replaced.item.sum(), other)
    assert grad.abs().sum() > 0, "a replaced embedding must receive the gradient"


def check_enhancer(
    make: Callable[[Backbone], Enhancer], make_backbone: Callable[[], Backbone], data: HeteroData
) -> None:
    """Asserts the enhancer contract.

    Everything a recommender must do, and: the wrapped backbone's terms are kept, terms of its own are added or its
    encoding changed, and its own parameters are trained.

    Args:
        make: Wraps a backbone.
        make_backbone: Builds the backbone for ``data``.
        data: A small data object with the features that the enhancer reads.

    Raises:
        AssertionError: The enhancer breaks the contract.
    """
    graph, batch = JointGraph.from_data(data), _batch(data)
    backbone = make_backbone()
    model = make(backbone)
    _check_recommender(model, lambda: make(make_backbone()), graph, batch)
    assert model.backbone is backbone, "the backbone is wrapped, not copied"
    base, terms = set(backbone.train()(graph, batch)), set(model.train()(graph, batch))
    same = torch.equal(model.eval().encode(graph).user, backbone.eval().encode(graph).user)
    assert terms > base or not same, "an enhancer adds terms of its own, or changes the encoding"
    assert base <= terms, "an enhancer keeps its backbone's terms"


def _check_recommender(model: Recommender, make: Callable[[], Recommender], graph: JointGraph, batch: Batch) -> None:
    name = type(model).__name__
    model.eval()
    encoding = model.encode(graph)
    width = encoding.user.size(1)
    assert encoding.user.shape == (graph.num_users, width), (
        f"{name}: users are [M, d] (got {list(encoding.user.shape)})"
    )
    assert encoding.item.shape == (graph.num_items, width), (
        f"{name}: items are [N, d] (got {list(encoding.item.shape)})"
    )
    again = model.encode(graph)
    assert torch.equal(encoding.user, again.user), f"{name}: evaluation must be deterministic"

    model.train()
    terms = model(graph, batch)
    for term, value in terms.items():
        assert value.dim() == 0 and value.isfinite(), f"{name}: term {term!r} must be a finite scalar (got {value})"
    _total(terms).backward()
    for parameter, tensor in model.named_parameters():
        if tensor.requires_grad:
            assert tensor.grad is not None, f"{name}: no gradient reaches {parameter!r}"
            assert tensor.grad.isfinite().all(), f"{name}: the gradient of {parameter!r} is not finite"

    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    first = last = float(_total(terms).detach())
    for _ in range(30):
        optimizer.zero_grad()
        loss = _total(model(graph, batch))
        loss.backward()
        optimizer.step()
        model.after_step()
        last = float(loss.detach())
    assert last < first, f"{name}: 30 steps on one batch must reduce the loss ({first} -> {last})"

    copy = make()
    copy.load_state_dict(model.state_dict())
    torch.testing.assert_close(copy.eval().encode(graph).item, model.eval().encode(graph).item)


def _batch(data: HeteroData) -> Batch:
    pairs = data["user", "interacts", "item"].edge_index
    sampler = TripletSampler(pairs, data["item"].num_nodes, batch_size=pairs.size(1))
    return next(iter(sampler.epoch(0)))


def _total(terms: dict[str, Tensor]) -> Tensor:
    return torch.stack(list(terms.values())).sum()
