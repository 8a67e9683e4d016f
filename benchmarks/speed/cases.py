"""Cases of the speed benchmark. ``ours`` is the package; ``textbook`` and ``peer:`` variants are compared with it."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.nn import LGConv

from irllrec_pyg.data import INTERACTS, JointGraph
from irllrec_pyg.datasets import AmazonMovie
from irllrec_pyg.losses import interaction_text_matching_loss, translation_alignment_loss
from irllrec_pyg.models import Enhancer, IRLLRec, LightGCN, PublishedIRLLRec
from irllrec_pyg.nn import IntentConv, LightConv
from irllrec_pyg.ranking import EmbeddingRanker, evaluate
from irllrec_pyg.training import Trainer, TripletSampler

from .. import peers, textbook
from ..synthetic_interactions import synthetic_interactions
from .harness import Call, Case, FirstBatches

WIDTH, LAYERS, BATCH, TEXT, PROFILE = 32, 3, 4096, 3072, 1536


def load(root: Path | None) -> HeteroData:
    """Amazon-movie, or synthetic interactions of about its size."""
    return AmazonMovie(root)[0] if root is not None else synthetic_interactions(16994, 9370, 135_000)


def nodes(data: HeteroData) -> int:
    """Number of users and items."""
    return data["user"].num_nodes + data["item"].num_nodes


def leaves(rows: int, count: int) -> list[Tensor]:
    """Random embeddings that require gradients."""
    torch.manual_seed(0)
    return [(0.3 * torch.randn(rows, WIDTH)).requires_grad_() for _ in range(count)]


def gradients(output: Callable[..., Tensor], *inputs: Tensor, args: tuple[Any, ...] = ()) -> Call:
    """Forward and backward pass; returns the gradients of ``inputs``, which come before ``args``."""
    above = torch.randn(inputs[0].shape, generator=torch.Generator().manual_seed(0))  # gradient of a layer's output

    def call() -> tuple[Tensor, ...]:
        out = output(*inputs, *args)
        return torch.autograd.grad(out, inputs, above if out.dim() else None)

    return call


def features(data: HeteroData, width: int) -> list[Tensor]:
    """Random texts of users and of items."""
    generator = torch.Generator().manual_seed(width)
    return [torch.randn(data[side].num_nodes, width, generator=generator) for side in ("user", "item")]


def propagate(data: HeteroData) -> Case:
    """One layer with fixed weights."""
    graph, adj = JointGraph.from_data(data), textbook.adjacency
    (x,), weight = leaves(graph.num_nodes, 1), graph.edge_weight
    make = {
        "ours": lambda: gradients(LightConv(normalize=False), x, args=(graph.edge_index, weight)),
        "textbook": lambda: gradients(functools.partial(torch.sparse.mm, adj(graph)), x),
        "peer:pyg-LGConv": lambda: gradients(LGConv(normalize=False), x, args=(graph.edge_index.as_tensor(), weight)),
    }
    return Case(make, same=True)


def intent_conv(data: HeteroData) -> Case:
    """One layer with learned masks."""
    graph = JointGraph.from_data(data)
    x, intent = leaves(graph.num_nodes, 2)
    make = {
        "ours": lambda: gradients(IntentConv(), x, intent, args=(graph.edge_index,)),
        "textbook": lambda: gradients(IntentConv(), x, intent, args=(graph.edge_index.as_tensor(),)),
    }
    return Case(make, same=True)


def contrast(data: HeteroData) -> Case:
    """The two-sided contrast over all nodes."""
    row, column = leaves(nodes(data), 2)
    ours = functools.partial(translation_alignment_loss, noise=0.0)
    make = {
        "ours": lambda: gradients(ours, row, column),
        "textbook": lambda: gradients(textbook.dense_contrast, row, column),
    }
    return Case(make, same=True, rounds=3)


def matching(data: HeteroData, rows: int | None = None) -> Case:
    """The two-sided divergence over all nodes, or over the number that the textbook form has memory for: over all nodes
    it would need more than 20 GB."""
    row, column, *teacher = leaves(rows or nodes(data), 4)
    make = {"ours": lambda: gradients(interaction_text_matching_loss, row, column, args=(*teacher,))}
    if rows:
        make["textbook"] = lambda: gradients(textbook.dense_matching, row, column, args=(*teacher,))
    return Case(make, same=True, rounds=3)


def negatives(data: HeteroData) -> Case:
    """One negative for every training interaction."""
    pairs, items = data[INTERACTS].edge_index, data["item"].num_nodes

    def ours() -> Call:
        sampler = TripletSampler(pairs, items, BATCH)
        return lambda: sampler.negatives(sampler.user, torch.Generator().manual_seed(0))

    return Case({"ours": ours, "textbook": lambda: lambda: textbook.negatives(pairs, items, 0)}, rounds=5)


def evaluation(data: HeteroData, rank: Callable[..., list[int]]) -> Case:
    """Five metrics at three cut-offs for the validation users."""
    ranker = EmbeddingRanker(*(leaves(data[side].num_nodes, 1)[0] for side in ("user", "item")))
    args = ranker, data[INTERACTS].val_label_index, data[INTERACTS].edge_index, (5, 10, 20)

    def values(function: Callable[..., dict[str, float]]) -> Call:
        return lambda: {name: torch.tensor(value) for name, value in sorted(function(*args).items())}

    looped = functools.partial(textbook.evaluate, rank=rank)
    return Case({"ours": lambda: values(evaluate), "textbook": lambda: values(looped)}, same=True, rounds=5)


def lightgcn(data: HeteroData) -> LightGCN:
    """The backbone of all epochs."""
    torch.manual_seed(0)
    return LightGCN(data["user"].num_nodes, data["item"].num_nodes, WIDTH, LAYERS)


def epochs(model: LightGCN | Enhancer, data: HeteroData, steps: int | None = None, **accelerator: Any) -> Call:
    """Training epochs without evaluation, or the first steps of one, with our trainer."""
    trainer = Trainer(model, data, batch_size=BATCH, progress=False, accelerator=Accelerator(**accelerator))
    if steps:
        trainer.sampler = FirstBatches(trainer.sampler, steps)  # type: ignore[assignment]
    number = itertools.count(1)
    return lambda: trainer.train_epoch(next(number))


def epoch_lightgcn(data: HeteroData, **accelerator: Any) -> Case:
    """Sampling and training, without evaluation."""
    make: dict[str, Callable[[], Call]] = {"ours": lambda: epochs(lightgcn(data), data, **accelerator)}

    def looped() -> Call:
        model, adj, seed = lightgcn(data), textbook.adjacency(JointGraph.from_data(data)), itertools.count(1)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        return lambda: textbook.lightgcn_epoch(data, model, optimizer, adj, next(seed))

    if not accelerator:
        others = peers.installed().items()
        make |= {"textbook": looped}
        make |= {f"peer:{name}": functools.partial(peer, data, WIDTH, LAYERS, BATCH) for name, peer in others}
    return Case(make, rounds=5)


def epoch_irllrec(data: HeteroData, scope: str, steps: int, precision: str = "no") -> Case:
    """Steps of IRLLRec over LightGCN; the textbook form is the published one over all nodes, whatever ours is."""
    total = -(-data[INTERACTS].edge_index.size(1) // BATCH)
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32

    def ours() -> Call:
        intent = [x.to(dtype) for x in features(data, TEXT)]
        if scope == "all":
            model: Enhancer = PublishedIRLLRec(lightgcn(data), *intent, *(x.to(dtype) for x in features(data, PROFILE)))
        else:
            model = IRLLRec(lightgcn(data), *intent, scope=scope)
        return epochs(model, data, steps, mixed_precision=precision)

    def dense() -> Call:
        model = PublishedIRLLRec(lightgcn(data), *features(data, TEXT), *features(data, PROFILE)).train()
        adj, number = textbook.adjacency(JointGraph.from_data(data)), itertools.count(1)
        optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-3)
        sampler = TripletSampler(data[INTERACTS].edge_index, model.num_items, BATCH)

        def step() -> None:
            optimizer.zero_grad()
            textbook.published_irllrec(model, adj, next(iter(sampler.epoch(next(number))))).backward()
            optimizer.step()

        return step

    return Case({"ours": ours, "textbook": dense}, {"ours": steps / total, "textbook": 1 / total}, rounds=3)


CASES: dict[str, Callable[[HeteroData], Case]] = {
    "propagate": propagate,
    "intent_conv": intent_conv,
    "contrast": contrast,
    "matching": matching,
    "matching_8192": functools.partial(matching, rows=8192),
    "negatives": negatives,
    "evaluate": functools.partial(evaluation, rank=textbook.full_ranking),
    "evaluate_top_k": functools.partial(evaluation, rank=textbook.top_k),
    "epoch_lightgcn": epoch_lightgcn,
    "epoch_lightgcn_compiled": functools.partial(epoch_lightgcn, dynamo_backend="inductor"),
    "epoch_irllrec_all": functools.partial(epoch_irllrec, scope="all", steps=1),
    "epoch_irllrec_all_bf16": functools.partial(epoch_irllrec, scope="all", steps=1, precision="bf16"),
    "epoch_irllrec_batch": functools.partial(epoch_irllrec, scope="batch", steps=3),
    "epoch_irllrec_batch_bf16": functools.partial(epoch_irllrec, scope="batch", steps=3, precision="bf16"),
}
