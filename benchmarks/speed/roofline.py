"""What the kernels reach of the bandwidth and of the rate that torch's plain calls reach in the same process."""

import itertools
import statistics
from typing import Any

import torch
from torch_geometric.data import HeteroData

from irllrec_pyg.data import INTERACTS, JointGraph
from irllrec_pyg.nn import TextProjector
from irllrec_pyg.ops import spmm
from irllrec_pyg.training import TripletSampler

from . import cases
from .harness import times

SQUARE = 2048  # rows of the matrix product whose rate limits the projector


@torch.no_grad()
def roofline(data: HeteroData, rounds: int) -> list[dict[str, Any]]:
    """One row per kernel, and the shortest time of the projections in an epoch of IRLLRec without savings."""
    graph, width = JointGraph.from_data(data), cases.WIDTH
    x, source = cases.leaves(graph.num_nodes, 1)[0].detach(), graph.edge_index.as_tensor()[0].contiguous()
    large, sink = torch.zeros(1 << 25), torch.zeros(1 << 25)
    chunks, buffer = source.split(4096), torch.empty(4096, width)

    def gather() -> None:
        for chunk in chunks:  # into a buffer that stays in the cache, because reading is measured
            torch.index_select(x, 0, chunk, out=buffer[: chunk.numel()])

    features = cases.features(data, cases.TEXT)[0][:8192]
    projector = TextProjector(text := features.size(1), width)
    square = torch.randn(SQUARE, SQUARE)
    half, product, moved = square.bfloat16(), 2.0 * SQUARE**3, 4.0 * width * source.numel()
    flops = 2.0 * len(features) * projector.lin1.out_features * (text + width)
    # Calls, their work in bytes or operations, and its unit per nanosecond.
    calls = {
        "memcpy": (lambda: sink.copy_(large), 8.0 * large.numel(), "GB/s"),
        "gather": (gather, moved, "GB/s"),
        "matmul": (lambda: square @ square, product, "GFLOP/s"),
        "matmul_bf16": (lambda: half @ half, product, "GFLOP/s"),
        "spmm": (lambda: spmm(graph.edge_index, x, graph.edge_weight), moved, "GB/s"),
        "project": (lambda: projector(features), flops, "GFLOP/s"),
    }
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _, (name, (call, *_)) in itertools.product(range(rounds), calls.items()):
        taken[name] += times(call, 4)[1:]  # the first call finds cold caches and sleeping threads
    rate = {name: work / statistics.median(taken[name]) / 1e9 for name, (_, work, _) in calls.items()}
    rows = [{"kernel": name, "rate": round(rate[name], 2), "unit": unit} for name, (_, _, unit) in calls.items()]
    sizes = {"bytes": moved, "flops": 2.0 * source.numel() * width}
    rows[4] |= {"limit": "gather", "share": round(rate["spmm"] / rate["gather"], 3), **sizes}
    sizes = {"bytes": 4.0 * features.numel(), "flops": flops}
    rows[5] |= {"limit": "matmul", "share": round(rate["project"] / rate["matmul"], 3), **sizes}
    for scope, limit in itertools.product(("all", "batch"), ("matmul", "matmul_bf16")):
        work = projections(data, scope)
        row = {"kernel": f"projections of epoch_irllrec_{scope}", "rate": round(work / rate[limit] / 1e6), "unit": "ms"}
        rows.append({**row, "limit": limit, "flops": work})
    about = {"threads": torch.get_num_threads(), "torch": torch.__version__, "device": "cpu", "nodes": graph.num_nodes}
    return [row | about for row in rows]


def projections(data: HeteroData, scope: str) -> float:
    """Operations of the projections in an epoch of IRLLRec without savings: the student's text tower forward and for
    its gradient, the teacher's forward; over all nodes with the profile tower too, or over the nodes of each step."""
    batches = [*TripletSampler(data[INTERACTS].edge_index, data["item"].num_nodes, cases.BATCH).epoch(1)]
    text, profile = (2.0 * ((w + cases.WIDTH) // 2) * (w + cases.WIDTH) for w in (cases.TEXT, cases.PROFILE))
    if scope == "all":
        return len(batches) * data.num_nodes * (3 * text + 2 * profile)
    ids = [ids for batch in batches for ids in (batch.user, torch.cat([batch.positive, batch.negative]))]
    return 3 * text * sum(rows.unique().numel() for rows in ids)
