"""Ten million interactions on two cores: few large steps, each with one propagation for all tiles of its batch.

python -m benchmarks.ten_million [--case popularity lightgcn irllrec] [--size 1.0] [--setting large] [--minutes 30]

`large` steps are the way for large graphs, `small` ones are those of ordinary training, and `step` measures the time of
an epoch of small steps from a few of them. `--size 0.1` is a tenth of the graph, on which ordinary training can run to
convergence. Recall and NDCG are those of users whose interactions were held out, with all items as candidates. Each run
has a process of its own, whose whole memory counts.
"""

import os
import time
from argparse import Namespace
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch.optim.lr_scheduler import LambdaLR
from torch_geometric.data import HeteroData

from irllrec_pyg.data import get_features
from irllrec_pyg.models import IRLLRec, LightGCN, Popularity, Recommender
from irllrec_pyg.ranking import evaluate
from irllrec_pyg.training import Trainer, TrainResult

from . import arguments, results
from .planted import planted_interactions
from .speed import harness

CASES, SETTINGS = ("popularity", "lightgcn", "irllrec"), ("large", "small", "step")
SIZES = {"users": 1_000_000, "items": 200_000, "interactions": 10_000_000}
TEXT, LARGE = 384, ("width", "layers", "contrast", "steps", "lr", "minutes")
PAGES = {"THP_MEM_ALLOC_ENABLE": "1"}  # new memory comes in pages of 2 MB: by 4 kB it costs as much as the sums in it


def build(case: str, data: HeteroData, args: Namespace) -> Recommender:
    """The model of a case. L2 is left out: on a mean over millions of interactions its default weight is too large."""
    torch.manual_seed(args.seed)
    model = LightGCN(data["user"].num_nodes, data["item"].num_nodes, args.width, args.layers, l2_weight=0.0)
    if case == "lightgcn":
        return model
    few = {"momentum": 0.97, "every": args.every, "contrast_size": args.contrast}  # teachers must follow in few steps
    return IRLLRec(model, *get_features(data, "intent"), hidden_channels=2 * args.width, feature_dim=None, **few)


def trainer(model: Recommender, data: HeteroData, setting: str, args: Namespace) -> Trainer:
    """Large or small steps."""
    shared = {"seed": args.seed, "k": (20,), "progress": False, "max_epochs": args.epochs}
    if setting != "large":
        batch = 8192 if setting == "step" else 4096
        return Trainer(model, data, batch_size=batch, eval_every=5, patience=3, **shared)
    batch = -(-data["user", "interacts", "item"].edge_index.size(1) // args.steps)

    def decay(optimizer: torch.optim.Optimizer) -> LambdaLR:
        return LambdaLR(optimizer, lambda epoch: max(0.05, 1.0 - epoch / args.epochs))

    shared |= {"scheduler": decay, "lr": args.lr, "eval_every": args.eval_every, "patience": 100}
    return Trainer(model, data, batch_size=batch, tile_size=-(-batch // args.tiles), **shared)


def run(case: str, setting: str, file: Path, args: Namespace) -> dict[str, Any]:
    """Trains and evaluates one model; its times, its metrics, and the peak memory of the process."""
    data = torch.load(file, weights_only=False, mmap=True)  # texts that nobody reads take no memory
    edges = data["user", "interacts", "item"]
    started, found = time.perf_counter(), {}
    if case == "popularity":
        model = Popularity.from_data(data)
        found = evaluate(model, edges.test_label_index, edges.edge_index, k=(20,))
    else:
        task = trainer(build(case, data, args), data, setting, args)
        if setting == "step":
            total = len(task.sampler)
            task.sampler = harness.FirstBatches(task.sampler, 2)
            step = min(harness.times(lambda: task.train_epoch(1), 2)) / 2
            found |= {"epochs": round(2 / total, 5), "epoch_s": round(total * step, 1)}
        else:
            limit = started + 60 * args.minutes

            def is_late(done: TrainResult) -> bool:
                return time.perf_counter() + max((r["seconds"] for r in done.history), default=0.0) > limit

            history = task.fit(stop=is_late).history
            found |= {"epochs": len(history), "epoch_s": round(sum(r["seconds"] for r in history) / len(history), 1)}
            found |= task.evaluate("test")
    found |= {"seconds": round(time.perf_counter() - started, 1), "cpu_seconds": round(time.process_time(), 1)}
    return found | {"peak_mb": harness.peak_above(0)}


def save_data(size: float, seed: int, file: Path) -> None:
    """Draws the data into a file, in a process of its own."""
    sizes = [round(size * count) for count in SIZES.values()]
    torch.save(planted_interactions(*sizes, text=TEXT, evaluated=min(10_000, sizes[0] // 4), seed=seed), file)


def write(folder: Path, page: Path) -> None:
    """Writes the table between the marks of a page."""
    frame = results.read(folder / "ten_million.csv").sort_values(["interactions", "model", "setting"])
    head = "| model | steps | interactions | minutes | core-minutes | epochs | recall@20 | ndcg@20 | s per epoch | GB |"
    lines = [head, "|---" * 10 + "|"]
    forms = (".1f", ".1f", ".4g", ".4f", ".4f", ",.0f", ".1f")
    frame = frame.assign(minutes=frame["seconds"] / 60, core=frame["cpu_seconds"] / 60, gb=frame["peak_mb"] / 1024)
    for _, row in frame.iterrows():
        steps = row["setting"] if pd.isna(row["steps"]) else f"large, {row['steps']:.0f} per epoch"
        cells = [row["model"], "" if row["model"] == "popularity" else steps, f"{row['interactions']:,}"]
        numbers = row[["minutes", "core", "epochs", "recall@20", "ndcg@20", "epoch_s", "gb"]]
        cells += ["" if pd.isna(number) else f"{number:{form}}" for number, form in zip(numbers, forms, strict=True)]
        lines.append(f"| {' | '.join(cells)} |")
    results.put(lines, "ten_million", page)


def main() -> None:
    """Runs all cases."""
    settings = {"minutes": 30.0, "threads": os.cpu_count() or 1, "seed": 0, "width": 64, "layers": 2, "every": 4}
    settings |= {"lr": 0.01, "steps": 10, "tiles": 8, "epochs": 16, "eval_every": 2, "contrast": 512}
    settings |= {"size": 1.0, "folder": Path("runs")}
    choices = {"case": CASES, "setting": SETTINGS}
    args = arguments.parse(__doc__, "ten_million", choices, case=[*CASES], setting=["large"], **settings)
    os.environ |= PAGES
    args.folder.mkdir(parents=True, exist_ok=True)
    file = args.folder / f"planted_{args.size:g}_{args.seed}.pt"
    if not file.is_file():
        harness.alone(save_data, (args.size, args.seed, file), args.threads)
    for case, setting in product(args.case, args.setting):
        if case == "popularity" and setting != args.setting[0]:
            continue
        found = harness.alone(run, (case, setting, file, args), args.threads)
        names = ("seconds", "cpu_seconds", "epochs", "recall@20", "ndcg@20", "epoch_s", "peak_mb")
        row = {"model": case, "setting": setting, "interactions": round(args.size * SIZES["interactions"])}
        given = () if case == "popularity" else LARGE if setting == "large" else LARGE[:3]
        row |= {name: getattr(args, name) if name in given else "" for name in LARGE}
        row |= {name: found.get(name, "") for name in names}
        row |= {"seed": args.seed, "threads": args.threads, "versions": results.about()["versions"]}
        results.replace([row], args.results, ["model", "setting", "interactions", *LARGE, "seed", "threads"])
        print(row, flush=True)


if __name__ == "__main__":
    main()
