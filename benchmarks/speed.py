"""Time and memory of kernels, steps and epochs against their textbook forms and against other libraries.

python benchmarks/speed.py --root DIR
python benchmarks/speed.py --root DIR --case propagate contrast --rounds 5
python benchmarks/speed.py --report docs/speed.md

DIR holds amazon-movie (made interactions of about its size are used without one). Every case runs in a process of its
own; its variants are run in turn, round after round, so that whatever else the machine does falls on all of them. What
is known to give the same numbers is compared before it is timed. ``peak_mb`` is the most that the process held during
a call above what it held before the variant was built; inputs that the variants share are not counted.

Steps of IRLLRec are too long for whole epochs: a few are timed, and multiplied; ``measured`` says how many. Texts are
random numbers, as wide as the embeddings of the paper's encoder. The roofline goes to a file of its own: what the
kernels reach of the bandwidth and of the matrix-product rate that torch's plain calls reach in the same process.
"""

from __future__ import annotations

import argparse
import ctypes
import functools
import gc
import itertools
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import torch
import torch_geometric
from torch_geometric.data import HeteroData

import made
import peers
import report
import textbook
from irllrec_pyg.data import JointGraph
from irllrec_pyg.datasets import AmazonMovie
from irllrec_pyg.losses import interaction_text_matching_loss, translation_alignment_loss
from irllrec_pyg.models import Batch, Encoding, IRLLRec, LightGCN, PublishedIRLLRec
from irllrec_pyg.nn import IntentConv, LightConv, TextProjector
from irllrec_pyg.ops import spmm
from irllrec_pyg.ranking import evaluate
from irllrec_pyg.training import Trainer, TripletSampler

RESULTS = Path(__file__).parent / "results" / "speed.csv"
ROOFLINE = RESULTS.with_name("roofline.csv")
KEY = ["case", "variant", "threads"]
WIDTH, LAYERS, BATCH, TEXT, PROFILE = 32, 3, 4096, 3072, 1536
SQUARE = 2048  # rows of the matrix product whose rate the projector is held against
Call = Callable[[], Any]


@dataclass
class Case:
    """Variants of one computation.

    Args:
        make: Builds each variant, when it is its turn, into a call that is timed.
        share: The part of what the row speaks of that a call runs, by variant. (default: all)
        same: Whether the calls' results must agree.
        rounds: At most so many. (default: as asked for)
    """

    make: dict[str, Callable[[], Call]]
    share: dict[str, float] = field(default_factory=dict)
    same: bool = False
    rounds: int | None = None


def load(root: Path | None) -> HeteroData:
    """The data."""
    if root is not None:
        return AmazonMovie(root)[0]
    return made.interactions(num_users=16994, num_items=9370, count=135_000)


def _backward(output: Callable[[], torch.Tensor], *inputs: torch.Tensor) -> Call:
    """Forward and backward; returns the gradients."""

    generator = torch.Generator().manual_seed(0)
    above = torch.randn(inputs[0].shape, generator=generator)  # of a layer's output; a loss has none

    def call() -> tuple[torch.Tensor, ...]:
        out = output()
        return torch.autograd.grad(out, inputs, above if out.dim() else None)

    return call


def _leaves(nodes: int, count: int) -> list[torch.Tensor]:
    torch.manual_seed(0)
    return [(0.3 * torch.randn(nodes, WIDTH)).requires_grad_() for _ in range(count)]


def propagate(data: HeteroData) -> Case:
    """One layer with fixed weights."""
    graph = JointGraph.from_data(data)
    (x,) = _leaves(graph.num_nodes, 1)

    def ours() -> Call:
        conv = LightConv(normalize=False)
        return _backward(lambda: conv(x, graph.edge_index, graph.edge_weight), x)

    def coo() -> Call:
        adj = textbook.adjacency(graph)
        return _backward(lambda: torch.sparse.mm(adj, x), x)

    def gathered() -> Call:
        conv = torch_geometric.nn.LGConv(normalize=False)
        edges = graph.edge_index.as_tensor()
        return _backward(lambda: conv(x, edges, graph.edge_weight), x)

    return Case({"ours": ours, "textbook": coo, "peer:pyg-LGConv": gathered}, same=True)


def intent_conv(data: HeteroData) -> Case:
    """One layer with learned masks."""
    graph = JointGraph.from_data(data)
    x, intent = _leaves(graph.num_nodes, 2)

    def variant(fuse: bool) -> Callable[[], Call]:
        def make() -> Call:
            conv = IntentConv()
            edges = graph.edge_index if fuse else graph.edge_index.as_tensor()
            return _backward(lambda: conv(x, intent, edges), x, intent)

        return make

    return Case({"ours": variant(True), "textbook": variant(False)}, same=True)


def contrast(data: HeteroData) -> Case:
    """The two-sided contrast over all nodes."""
    row, column = _leaves(data["user"].num_nodes + data["item"].num_nodes, 2)

    def ours() -> Call:
        return _backward(lambda: translation_alignment_loss(row, column, noise=0.0), row, column)

    def dense() -> Call:
        return _backward(lambda: textbook.dense_contrast(row, column), row, column)

    return Case({"ours": ours, "textbook": dense}, same=True, rounds=3)


def _matching(nodes: int, dense: bool) -> Case:
    row, column, *teacher = _leaves(nodes, 4)
    make = {"ours": lambda: _backward(lambda: interaction_text_matching_loss(row, column, *teacher), row, column)}
    if dense:
        make["textbook"] = lambda: _backward(lambda: textbook.dense_matching(row, column, *teacher), row, column)
    return Case(make, same=True, rounds=3)


def matching(data: HeteroData) -> Case:
    """The two-sided divergence over all nodes; its textbook form would need more than 20 GB."""
    return _matching(data["user"].num_nodes + data["item"].num_nodes, dense=False)


def matching_8192(data: HeteroData) -> Case:
    """The same over as many nodes as the textbook form has room for."""
    return _matching(8192, dense=True)


def negatives(data: HeteroData) -> Case:
    """One for every training interaction."""
    pairs = data["user", "interacts", "item"].edge_index
    items = data["item"].num_nodes

    def ours() -> Call:
        sampler = TripletSampler(pairs, items, BATCH)
        return lambda: sampler.negatives(sampler.user, torch.Generator().manual_seed(0))

    return Case({"ours": ours, "textbook": lambda: lambda: textbook.negatives(pairs, items, 0)}, rounds=5)


def evaluation(data: HeteroData, rank: Callable[..., list[int]]) -> Case:
    """Five metrics at three cut-offs of the validation users."""
    user, item = _leaves(data["user"].num_nodes, 1)[0].detach(), _leaves(data["item"].num_nodes, 1)[0].detach()
    encoding, pairs = Encoding(user, item, []), data["user", "interacts", "item"]
    args = encoding, pairs.val_label_index, pairs.edge_index, (5, 10, 20)

    def values(evaluate: Callable[..., dict[str, float]]) -> Callable[[], Call]:
        return lambda: lambda: {name: torch.tensor(value) for name, value in sorted(evaluate(*args).items())}

    looped = functools.partial(textbook.evaluate, rank=rank)
    return Case({"ours": values(evaluate), "textbook": values(looped)}, same=True, rounds=5)


def _trainer(model: Any, data: HeteroData, **kwargs: Any) -> Trainer:
    from accelerate import Accelerator

    return Trainer(model, data, batch_size=BATCH, progress=False, accelerator=Accelerator(**kwargs))


def _lightgcn(data: HeteroData) -> LightGCN:
    torch.manual_seed(0)
    return LightGCN(data["user"].num_nodes, data["item"].num_nodes, WIDTH, LAYERS)


def epoch_lightgcn(data: HeteroData) -> Case:
    """Sampling and training, without evaluation."""

    def ours() -> Call:
        trainer, epoch = _trainer(_lightgcn(data), data), itertools.count(1)
        return lambda: trainer.train_epoch(next(epoch))

    def looped() -> Call:
        model, adj, seed = _lightgcn(data), textbook.adjacency(JointGraph.from_data(data)), itertools.count(1)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        return lambda: textbook.lightgcn_epoch(data, model, optimizer, adj, next(seed))

    def peer(make: Callable[..., Call]) -> Callable[[], Call]:
        return lambda: make(data, WIDTH, LAYERS, BATCH)

    others = {f"peer:{name}": peer(make) for name, make in peers.installed().items()}
    return Case({"ours": ours, "textbook": looped, **others}, rounds=5)


def epoch_lightgcn_compiled(data: HeteroData) -> Case:
    """The same under ``torch.compile``."""

    def ours() -> Call:
        trainer, epoch = _trainer(_lightgcn(data), data, dynamo_backend="inductor"), itertools.count(1)
        return lambda: trainer.train_epoch(next(epoch))

    return Case({"ours": ours}, rounds=5)


class First:
    """The first steps of a sampler's first epoch, drawn beforehand: a whole epoch is drawn at once."""

    def __init__(self, sampler: TripletSampler, steps: int) -> None:
        self.batches = list(itertools.islice(sampler.epoch(1), steps))

    def __len__(self) -> int:
        return len(self.batches)

    def epoch(self, epoch: int) -> list[Batch]:
        """Those batches, whatever the epoch."""
        return self.batches


def _features(data: HeteroData, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(width)
    user, item = (torch.randn(data[side].num_nodes, width, generator=generator) for side in ("user", "item"))
    return user, item


def _irllrec(data: HeteroData, scope: str, steps: int, precision: str) -> Case:
    """An epoch of IRLLRec over LightGCN; the textbook form is the published one over all nodes, whatever ours is."""
    total = -(-data["user", "interacts", "item"].edge_index.size(1) // BATCH)
    kept = torch.bfloat16 if precision == "bf16" else torch.float32

    def ours() -> Call:
        backbone, intent = _lightgcn(data), _features(data, TEXT)
        if scope == "published":
            profile = (x.to(kept) for x in _features(data, PROFILE))
            model = PublishedIRLLRec(backbone, *(x.to(kept) for x in intent), *profile)
        else:
            model = IRLLRec(backbone, *(x.to(kept) for x in intent), scope=scope)
        del intent
        trainer, epoch = _trainer(model, data, mixed_precision=precision), itertools.count(1)
        trainer.sampler = First(trainer.sampler, steps)
        return lambda: trainer.train_epoch(next(epoch))

    def dense() -> Call:
        model = PublishedIRLLRec(_lightgcn(data), *_features(data, TEXT), *_features(data, PROFILE)).train()
        adj = textbook.adjacency(JointGraph.from_data(data))
        optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-3)
        sampler, epoch = TripletSampler(data["user", "interacts", "item"].edge_index, model.num_items, BATCH), [0]

        def step() -> None:
            epoch[0] += 1
            batch: Batch = next(iter(sampler.epoch(epoch[0])))
            optimizer.zero_grad()
            textbook.published_irllrec(model, adj, batch).backward()
            optimizer.step()

        return step

    return Case({"ours": ours, "textbook": dense}, {"ours": steps / total, "textbook": 1 / total}, rounds=3)


CASES: dict[str, Callable[[HeteroData], Case]] = {
    "propagate": propagate,
    "intent_conv": intent_conv,
    "contrast": contrast,
    "matching": matching,
    "matching_8192": matching_8192,
    "negatives": negatives,
    "evaluate": functools.partial(evaluation, rank=textbook.full_ranking),
    "evaluate_top_k": functools.partial(evaluation, rank=textbook.top_k),
    "epoch_lightgcn": epoch_lightgcn,
    "epoch_lightgcn_compiled": epoch_lightgcn_compiled,
    "epoch_irllrec_all": lambda data: _irllrec(data, "published", 1, "no"),
    "epoch_irllrec_all_bf16": lambda data: _irllrec(data, "published", 1, "bf16"),
    "epoch_irllrec_batch": lambda data: _irllrec(data, "batch", 3, "no"),
    "epoch_irllrec_batch_bf16": lambda data: _irllrec(data, "batch", 3, "bf16"),
}


def measure(name: str, root: Path | None, rounds: int) -> list[dict[str, Any]]:
    """Rows of a case."""
    case = CASES[name](load(root))
    calls: dict[str, Call] = {}
    peak, results, seconds = {}, {}, {variant: [] for variant in case.make}
    for variant, make in case.make.items():
        make()()  # libraries set themselves up once a process, which is no variant's cost
        before = reset_peak()
        calls[variant] = make()
        results[variant] = calls[variant]()
        peak[variant] = memory("VmHWM") - before
    if case.same:
        for variant, result in results.items():
            torch.testing.assert_close(result, results["ours"], rtol=1e-3, atol=1e-5, msg=f"{name}: {variant} differs")
    for _ in range(min(rounds, case.rounds or rounds)):
        for variant, call in calls.items():
            seconds[variant] += times(call, 1)
    return [
        {
            "case": name,
            "variant": variant,
            **{f"p{p}_ms": round(1e3 * value / case.share.get(variant, 1.0), 3) for p, value in _spread(taken).items()},
            "peak_mb": round(peak[variant] / 2**20, 1),
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
            "pyg": torch_geometric.__version__,
            "device": "cpu",
            "seed": 0,
            "data": "amazon-movie" if root else "synthetic",
            "measured": f"{len(taken)} x {case.share.get(variant, 1.0):.3g}",
        }
        for variant, taken in seconds.items()
    ]


def _spread(taken: list[float]) -> dict[int, float]:
    ordered, last = sorted(taken), len(taken) - 1
    return {20: ordered[round(0.2 * last)], 50: statistics.median(ordered), 80: ordered[round(0.8 * last)]}


def reset_peak() -> int:
    """Gives freed memory back, and returns what is left, in bytes."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the kernel's mark of the peak
    return memory("VmRSS")


def memory(field: str) -> int:
    """A field of the process's state, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))


def times(call: Call, rounds: int) -> list[float]:
    """Seconds of each of so many calls."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return taken


@torch.no_grad()
def roofline(root: Path | None, rounds: int) -> list[dict[str, Any]]:
    """What kernels reach of what plain calls reach."""
    data = load(root)
    graph = JointGraph.from_data(data)
    nodes, (x,) = graph.num_nodes, (view.detach() for view in _leaves(graph.num_nodes, 1))
    source = graph.edge_index.as_tensor()[0].contiguous()
    rows = 4 * WIDTH * source.numel()
    large, sink = torch.zeros(1 << 25), torch.zeros(1 << 25)
    chunks, held = source.split(4096), torch.empty(4096, WIDTH)

    def gather() -> None:
        for chunk in chunks:  # into a buffer that stays in the cache: reading is what is measured
            torch.index_select(x, 0, chunk, out=held[: chunk.numel()])

    features, projector = _features(data, TEXT)[0][:8192], TextProjector(TEXT, WIDTH)
    hidden = projector.lin1.out_features
    flops = 2.0 * 8192 * hidden * (TEXT + WIDTH)
    square, found = torch.randn(SQUARE, SQUARE), []
    half = square.bfloat16()
    # Calls, and their work: bytes or operations.
    calls = {
        "memcpy": (lambda: sink.copy_(large), 8.0 * large.numel()),
        "gather": (gather, float(rows)),
        "matmul": (lambda: square @ square, 2.0 * SQUARE**3),
        "matmul_bf16": (lambda: half @ half, 2.0 * SQUARE**3),
        "spmm": (lambda: spmm(graph.edge_index, x, graph.edge_weight), float(rows)),
        "project": (lambda: projector(features), flops),
    }
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _, (name, (call, _)) in itertools.product(range(rounds), calls.items()):
        taken[name] += times(call, 4)[1:]  # the first finds cold caches and sleeping threads
    rate = {name: work / statistics.median(taken[name]) / 1e9 for name, (_, work) in calls.items()}
    kernels = {
        "spmm": ("gather", rows, 2.0 * source.numel() * WIDTH),
        "project": ("matmul", 4.0 * features.numel(), flops),
    }
    about = {"threads": torch.get_num_threads(), "torch": torch.__version__, "device": "cpu", "nodes": nodes}
    for name, value in rate.items():
        unit = "GFLOP/s" if name.startswith("matmul") or name == "project" else "GB/s"
        row = {"kernel": name, "rate": round(value, 2), "unit": unit}
        if name in kernels:
            limit, moved, operations = kernels[name]
            row |= {"limit": limit, "share": round(value / rate[limit], 3), "bytes": moved, "flops": operations}
        found.append({**row, **about})
    for scope, limit in itertools.product(("all", "batch"), ("matmul", "matmul_bf16")):
        work = projections(data, scope)
        row = {"kernel": f"projections of epoch_irllrec_{scope}", "rate": round(work / rate[limit] / 1e6), "unit": "ms"}
        found.append({**row, "limit": limit, "flops": work, **about})
    return found


def projections(data: HeteroData, scope: str) -> float:
    """Operations of an epoch of IRLLRec in projections alone, which no way of computing it can do without: the
    student's text tower forwards and for the gradient of its weights, the teacher's forwards; over all nodes, with the
    student's profile tower beside them, or over the nodes of each step."""
    pairs, sizes = data["user", "interacts", "item"].edge_index, [data[side].num_nodes for side in ("user", "item")]
    batches = [*TripletSampler(pairs, sizes[1], BATCH).epoch(1)]
    text, profile = (2.0 * ((width + WIDTH) // 2) * (width + WIDTH) for width in (TEXT, PROFILE))
    if scope == "all":
        return len(batches) * sum(sizes) * (3 * text + 2 * profile)
    items = (torch.cat([batch.positive, batch.negative]) for batch in batches)
    return 3 * text * sum(ids.unique().numel() for ids in (*(batch.user for batch in batches), *items))


def _child(function: Callable[..., Any], args: tuple[Any, ...], threads: int, queue: Any) -> None:
    torch.set_num_threads(threads)
    queue.put(function(*args))


def alone(function: Callable[..., Any], args: tuple[Any, ...], threads: int) -> Any:
    """What a function returns in a process of its own, whose memory nothing else has touched."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    child = context.Process(target=_child, args=(function, args, threads, queue))
    child.start()
    while child.is_alive() and queue.empty():
        child.join(0.2)
    if child.exitcode:
        raise SystemExit(f"{function.__name__}{args} failed, see above")
    found = queue.get()
    child.join()
    return found


def write(rows: list[dict[str, Any]], file: Path, key: list[str]) -> None:
    """Adds rows in place of older ones of the same key."""
    frame = pd.DataFrame(rows)
    if file.is_file():
        frame = pd.concat([pd.read_csv(file), frame]).drop_duplicates(key, keep="last")
    file.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(file, index=False)


def tabulate(results: Path, file: Path) -> None:
    """Each variant beside ours, at the median, with how many times as long and as much memory it takes."""
    frame = pd.read_csv(results)
    frame = frame[frame["threads"] == frame["threads"].max()]
    ours = frame[frame["variant"] == "ours"].set_index("case")
    lines = ["| case | variant | ms | times ours | MB | times ours |", "|---|---|---|---|---|---|"]
    for row in frame.itertuples():
        cells = [row.case, row.variant]
        for value, mine in ((row.p50_ms, ours.loc[row.case, "p50_ms"]), (row.peak_mb, ours.loc[row.case, "peak_mb"])):
            cells += [f"{value:,.0f}" if value >= 100 else f"{value:.1f}", f"{value / max(mine, 0.1):.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    about = frame.iloc[0]
    lines += ["", f"{about.data}, {about.threads} threads, torch {about.torch}, PyG {about.pyg}, {about.device}."]
    limits = results.with_name(ROOFLINE.name)
    if limits.is_file():
        roof = pd.read_csv(limits).dropna(subset=["limit"])
        lines += ["", "| | | of, or at the rate of | share |", "|---|---|---|---|"]
        for row in roof.itertuples():
            share = "" if pd.isna(row.share) else f"{row.share:.0%}"
            lines.append(f"| {row.kernel} | {row.rate:,.0f} {row.unit} | {row.limit} | {share} |")
    report.put(lines, "speed", file)


def main() -> None:
    """Runs the cases one after another."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, help="folder of amazon-movie (default: made interactions)")
    parser.add_argument("--case", nargs="+", default=[*CASES, "roofline"], choices=[*CASES, "roofline"], metavar="NAME")
    parser.add_argument("--rounds", type=int, default=21, help="of each variant; long ones have fewer")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="pinned for all libraries that ask torch")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--report", type=Path, help="only write the results into this Markdown file, between its marks")
    args = parser.parse_args()
    if args.report:
        tabulate(args.results, args.report)
        return
    # Before the children start, for the libraries that read it only then.
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(args.threads)
    for name in args.case:
        function = (roofline,) if name == "roofline" else (measure, name)
        rows = alone(function[0], (*function[1:], args.root, args.rounds), args.threads)
        if name == "roofline":
            write(rows, args.results.with_name(ROOFLINE.name), ["kernel", "limit", "threads"])
        else:
            write(rows, args.results, KEY)
        print(pd.DataFrame(rows).to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
