"""The contracts of recommenders, backbones and enhancers."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from copy import deepcopy

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from .._config import from_config
from ..data import INTERACTS, JointGraph
from ..models import Backbone, Batch, Enhancer, Recommender
from .data import tiny_batch
from .rankers import check_ranker


def check_recommender(make: Callable[[], Recommender], data: HeteroData) -> None:
    """Asserts what every recommender must do.

    - Encodings have the right shapes, the same in training and evaluation, and evaluation is deterministic.
    - Every loss term is a finite scalar, in training and in evaluation, and in bfloat16 too.
    - Gradients reach every parameter, and steps reduce the loss.
    - The ranker passes :func:`~irllrec_pyg.testing.check_ranker`.
    - Weights survive ``state_dict``; the model survives ``pickle`` and ``deepcopy``, and its config builds it again.
    - ``reset_parameters`` resets every parameter.

    Args:
        make: Builds the recommender for ``data``, with random weights.
        data: A small data object with the features that the recommender reads.

    Raises:
        AssertionError: The recommender breaks the contract.

    Examples:
        >>> from irllrec_pyg.models import AlphaRec
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> check_recommender(lambda: AlphaRec.from_data(data, embedding_dim=8), data)
    """
    _check(make(), make, data)


def check_backbone(make: Callable[[], Backbone], data: HeteroData) -> None:
    """Asserts what every backbone must do: all that :func:`check_recommender` asks for, and :meth:`Backbone.encode
    <irllrec_pyg.models.Backbone.encode>` uses the embeddings that it is given.

    Args:
        make: Builds the backbone for ``data``, with random weights.
        data: A small data object.

    Raises:
        AssertionError: The backbone breaks the contract.

    Examples:
        >>> from irllrec_pyg.models import LightGCN
        >>> from irllrec_pyg.testing import tiny_data
        >>> check_backbone(lambda: LightGCN(24, 20, embedding_dim=8), tiny_data())
    """
    model, graph = make(), JointGraph.from_data(data)
    encoding = model.eval().encode(graph)
    assert all(layer.shape == model.embedding.shape for layer in encoding.layers), "layers are joint, [M + N, d]"
    embedding = torch.randn_like(model.embedding).requires_grad_()
    replaced = model.encode(graph, embedding)
    assert not torch.allclose(replaced.user, encoding.user), "a backbone uses the embedding that it is given"
    (grad,) = torch.autograd.grad(replaced.user.sum() + replaced.item.sum(), embedding)
    assert grad.abs().sum() > 0, "an embedding that a backbone is given receives a gradient"
    _check(model, make, data)


def check_enhancer(
    make: Callable[[Backbone], Enhancer], make_backbone: Callable[[], Backbone], data: HeteroData
) -> None:
    """Asserts what every enhancer must do: all that :func:`check_recommender` asks for, and it keeps the loss terms of
    the wrapped model, and adds terms or changes the encoding.

    Args:
        make: Wraps a backbone.
        make_backbone: Builds the backbone for ``data``, with random weights.
        data: A small data object with the features that the enhancer reads.

    Raises:
        AssertionError: The enhancer breaks the contract.

    Examples:
        >>> from irllrec_pyg.models import LightGCN, RLMRecCon
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> check_enhancer(lambda model: RLMRecCon.from_data(model, data), lambda: LightGCN(24, 20, 8), data)
    """
    graph, batch = JointGraph.from_data(data), _batch(data)
    backbone = make_backbone()
    model = make(backbone)
    assert model.backbone is backbone, "an enhancer wraps the model, and does not copy it"
    for mode in (True, False):
        base, terms = set(backbone.train(mode)(graph, batch)), set(model.train(mode)(graph, batch))
        assert base <= terms, f"an enhancer keeps the loss terms of the wrapped model (lacks {base - terms})"
    same = torch.equal(model.eval().encode(graph).user, backbone.eval().encode(graph).user)
    more = set(model.train()(graph, batch)) > set(backbone.train()(graph, batch))
    assert more or not same, "an enhancer adds loss terms, or changes the encoding"
    _check(model, lambda: make(make_backbone()), data)


def _check(model: Recommender, make: Callable[[], Recommender], data: HeteroData) -> None:
    graph, batch = JointGraph.from_data(data), _batch(data)
    _check_encoding(model, graph)
    _check_copies(model, make, graph)
    for mode in (True, False):
        _check_terms(model.train(mode), graph, batch)
    _check_training(model, graph, batch)
    copy = make()
    copy.load_state_dict(model.state_dict())
    _check_same(copy, model, graph, "load_state_dict")
    model.train()
    check_ranker(model.ranker(graph), data)
    assert model.training, f"{type(model).__name__}: ranker() leaves the mode as it was"
    _check_terms(deepcopy(model).to(torch.bfloat16).train(), graph, batch)
    _check_reset(model)


def _check_encoding(model: Recommender, graph: JointGraph) -> None:
    name = type(model).__name__
    encoding = model.eval().encode(graph)
    for side, embedding, rows in (("user", encoding.user, graph.num_users), ("item", encoding.item, graph.num_items)):
        assert embedding.dim() == 2 and embedding.size(0) == rows, f"{name}: one row per {side}"
        again = getattr(model.encode(graph), side)
        assert torch.equal(embedding, again), f"{name}: evaluation is deterministic"
        trained = getattr(model.train().encode(graph), side)
        assert trained.shape == embedding.shape, f"{name}: encodings have the same width in training and evaluation"
        model.eval()


def _check_terms(model: Recommender, graph: JointGraph, batch: Batch) -> dict[str, Tensor]:
    """Loss terms of one step, after a backward pass."""
    name = f"{type(model).__name__} in {'training' if model.training else 'evaluation'}"
    model.zero_grad()
    terms = model(graph, batch)
    for term, value in terms.items():
        assert value.dim() == 0 and value.isfinite(), f"{name}: term {term!r} is a finite scalar (got {value})"
    _total(terms).backward()
    for parameter, tensor in model.named_parameters():
        if tensor.requires_grad and model.training:
            assert tensor.grad is not None, f"{name}: a gradient reaches {parameter!r}"
        assert tensor.grad is None or tensor.grad.isfinite().all(), f"{name}: the gradient of {parameter!r} is finite"
    return terms


def _check_training(model: Recommender, graph: JointGraph, batch: Batch) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    model.train()
    for _ in range(30):
        optimizer.zero_grad()
        loss = _total(model(graph, batch))
        loss.backward()
        optimizer.step()
        model.after_step()
        losses.append(float(loss.detach()))
    name = type(model).__name__
    assert losses[-1] < losses[0], f"{name}: 30 steps on one batch reduce the loss ({losses[0]} -> {losses[-1]})"


def _check_copies(model: Recommender, make: Callable[[], Recommender], graph: JointGraph) -> None:
    name = type(model).__name__
    _check_same(deepcopy(model), model, graph, "deepcopy")
    pickle.dumps(model)
    tensors: dict[str, Tensor] = {}
    config = model.config(tensors)
    assert config == make().config(), f"{name}: the same arguments give the same config"
    again = from_config(json.loads(json.dumps(config)), tensors)
    assert again.config() == config, f"{name}: a model that is built from a config has this config"
    again.load_state_dict(model.state_dict())
    _check_same(again, model, graph, "its config")


def _check_same(copy: Recommender, model: Recommender, graph: JointGraph, source: str) -> None:
    assert type(copy) is type(model), f"{source} gives a {type(copy).__name__}"
    user = torch.arange(graph.num_users)
    message = f"{type(model).__name__}: {source} changes its scores"
    torch.testing.assert_close(copy.ranker(graph).score(user), model.ranker(graph).score(user), msg=message)


def _check_reset(model: Recommender) -> None:
    mark = 7.25
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(mark)
    model.reset_parameters()
    for name, parameter in model.named_parameters():
        assert not (parameter == mark).any(), f"{type(model).__name__}: reset_parameters resets {name!r}"


def _batch(data: HeteroData) -> Batch:
    return tiny_batch(data, size=data[INTERACTS].edge_index.size(1))


def _total(terms: dict[str, Tensor]) -> Tensor:
    return torch.stack(list(terms.values())).sum()
