"""Two processes that train one model together, beside one process.

python -m benchmarks.processes [--times]

The result is the largest difference of any weight after some steps over the same synthetic interactions, texts and
batches. With --times, the seconds of these steps are recorded too: two processes with one thread each, and one process
with one thread. They mean something only where both processes have a core of their own.
"""

import os
import socket
import tempfile
import time
from argparse import Namespace
from contextlib import closing
from pathlib import Path
from typing import Any

import torch
import torch.multiprocessing
from accelerate import Accelerator
from torch import Tensor

from irllrec_pyg.models import IRLLRec, LightGCN, Recommender
from irllrec_pyg.testing import skewed_data
from irllrec_pyg.training import Trainer

from . import arguments, results
from .speed import harness

CASES = ("lightgcn-bpr", "lightgcn-softmax", "irllrec-batch", "irllrec-all")
TEXT_WIDTH = 384


def build(case: str, args: Namespace) -> Recommender:
    """The model of a case."""
    torch.manual_seed(args.seed)
    name, variant = case.split("-")
    objective = variant if name == "lightgcn" else "bpr"
    model = LightGCN(args.users, args.items, args.width, objective=objective)
    if name == "lightgcn":
        return model
    texts = torch.randn(args.users, TEXT_WIDTH), torch.randn(args.items, TEXT_WIDTH)
    return IRLLRec(model, *texts, scope=variant, every=1)


def work(rank: int, count: int, port: int, case: str, args: Namespace, file: Path) -> None:
    """Trains in one of some processes; the first one writes weights and seconds into a file."""
    torch.set_num_threads(1)
    if count > 1:
        place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count, "MASTER_PORT": port}
        os.environ |= {"MASTER_ADDR": "127.0.0.1", **{name: str(value) for name, value in place.items()}}
    accelerator = Accelerator(cpu=True)
    data = skewed_data(args.users, args.items, args.interactions, args.seed)
    trainer = Trainer(build(case, args), data, batch_size=args.batch, accelerator=accelerator, progress=False)
    trainer.sampler = harness.FirstBatches(trainer.sampler, args.steps)
    started = time.perf_counter()
    trainer.train_epoch(1)
    seconds = torch.tensor(time.perf_counter() - started)
    if accelerator.is_main_process:
        torch.save({"weights": trainer.model.state_dict(), "seconds": seconds}, file)
    accelerator.end_training()


def run(count: int, case: str, args: Namespace) -> dict[str, Any]:
    """Weights and seconds of a number of processes."""
    os.environ["OMP_NUM_THREADS"] = "1"  # some libraries read it only when a process starts
    with tempfile.TemporaryDirectory() as folder, closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        file = Path(folder, "run.pt")
        torch.multiprocessing.spawn(work, (count, port, case, args, file), nprocs=count)
        found: dict[str, Any] = torch.load(file, weights_only=True)
        return found


def difference(first: dict[str, Tensor], second: dict[str, Tensor]) -> float:
    """Largest difference of any weight."""
    return max(float((first[name].double() - second[name].double()).abs().max()) for name in first)


def write(folder: Path, page: Path) -> None:
    """Writes differences and times between the marks of a page."""
    frame = results.read(folder / "processes.csv")
    lines = ["| model | users | items | interactions | difference | one process (s) | two (s) | times as fast |"]
    lines.append("|---" * 8 + "|")
    for _, row in frame.iterrows():
        cells = [row["case"], *(f"{row[name]:,}" for name in ("users", "items", "interactions"))]
        cells += [f"{row['difference']:.0e}", *(f"{row[name]:.2f}" for name in ("seconds_1", "seconds_2", "speedup"))]
        lines.append(f"| {' | '.join(cells)} |")
    results.put([*lines, "", f"{frame.iloc[0].device}, {frame.iloc[0].versions}."], "processes", page)


def main() -> None:
    """Trains every case in one process and in two."""
    sizes = {"users": 2000, "items": 1000, "interactions": 40_000, "width": 32, "batch": 1024}
    args = arguments.parse(__doc__, "processes", {"case": CASES}, case=[*CASES], **sizes, steps=50, seed=0, times=False)
    for case in args.case:
        one, two = run(1, case, args), run(2, case, args)
        row: dict[str, Any] = {"case": case, "processes": 2, **{name: getattr(args, name) for name in sizes}}
        row |= {"steps": args.steps, "difference": f"{difference(one['weights'], two['weights']):.2e}"}
        if args.times:
            taken = {f"seconds_{n}": round(float(found["seconds"]), 3) for n, found in ((1, one), (2, two))}
            row |= {**taken, "speedup": round(float(one["seconds"] / two["seconds"]), 2)}
        row |= {"seed": args.seed, "threads": 1, **results.about()}
        results.replace([row], args.results, ["case", "processes", *sizes, "steps", "seed"])
        print(f"{case}: largest difference {row['difference']}", flush=True)


if __name__ == "__main__":
    main()
