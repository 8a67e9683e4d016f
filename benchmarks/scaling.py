"""How the cost of a training step grows with the data, on made interactions.

python benchmarks/scaling.py
python benchmarks/scaling.py --axis interactions --most 1e6

One size is varied at a time around a middle one; a step's time is its median over a few, its memory the most that its
process held above what it held before the model was built: the graph, the texts and the optimiser are counted, the
interactions themselves and the bare process are not. Exponents are slopes of a line through the logarithms over the
larger half of the sizes, where fixed costs have faded. An epoch is its sampling and the time of a step times its steps:
the largest graphs are not trained to the end.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

import made
import speed
import study
from irllrec_pyg.models import IRLLRec, LightGCN
from irllrec_pyg.training import Trainer

RESULTS = Path(__file__).parent / "results" / "scaling.csv"
KEY = ["axis", "model", "interactions", "users", "items", "width", "text", "batch", "threads"]
BASE = {"interactions": 300_000, "users": 30_000, "items": 10_000, "width": 32, "text": 384, "batch": 4096}
AXES: dict[str, list[dict[str, int]]] = {
    "interactions": [{"interactions": n} for n in (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)],
    "nodes": [{"users": 3 * n, "items": n} for n in (3_000, 10_000, 30_000, 100_000)],
    "width": [{"width": n} for n in (16, 32, 64, 128, 256)],
    "text": [{"text": n} for n in (384, 768, 1536, 3072)],
    # Ten million interactions of a million users with 200,000 items.
    "large": [{"interactions": 10_000_000, "users": 1_000_000, "items": 200_000, "width": 64, "batch": 8_192}],
}
MODELS = ("lightgcn", "irllrec")


def measure(model: str, sizes: dict[str, int], steps: int) -> dict[str, Any]:
    """Time and memory of some steps."""
    data = made.interactions(sizes["users"], sizes["items"], sizes["interactions"])
    before = speed.reset_peak()
    torch.manual_seed(0)
    made_model: LightGCN | IRLLRec = LightGCN(sizes["users"], sizes["items"], sizes["width"])
    if model == "irllrec":
        features = [torch.randn(sizes[side], sizes["text"], dtype=torch.bfloat16) for side in ("users", "items")]
        made_model = IRLLRec(made_model, *features, scope="batch", hidden_channels=sizes["width"] * 2)
    trainer = Trainer(made_model, data, batch_size=sizes["batch"], progress=False)
    total, started = len(trainer.sampler), time.perf_counter()
    trainer.sampler = speed.First(trainer.sampler, 1)
    sampling = time.perf_counter() - started
    _, *seconds = speed.times(lambda: trainer.train_epoch(1), 1 + steps)
    step = float(np.median(seconds))
    return {
        "step_ms": round(1e3 * step, 2),
        "sampling_ms": round(1e3 * sampling, 2),
        "steps": total,
        "epoch_s": round(sampling + total * step, 1),
        "peak_mb": round((speed.memory("VmHWM") - before) / 2**20, 1),
    }


def exponent(frame: pd.DataFrame, axis: str, value: str) -> float:
    """Slope of the logarithms over the larger half of the sizes."""
    size = "items" if axis == "nodes" else axis
    upper = frame.sort_values(size).iloc[-(len(frame) + 1) // 2 :]
    return float(np.polyfit(np.log(upper[size]), np.log(upper[value]), 1)[0])


def _short(number: int) -> str:
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if number % unit == 0:
            return f"{number // unit}{name}"
    return str(number)


def draw(results: pd.DataFrame, file: Path) -> None:
    """Time and memory against each size."""
    axes = [axis for axis in AXES if axis != "large" and axis in set(results["axis"])]
    made_figure, plots = study.figure(2, len(axes), width=3.2)
    for column, axis in enumerate(axes):
        size = "items" if axis == "nodes" else axis
        for color, (model, part) in zip(study.COLORS, results[results["axis"] == axis].groupby("model"), strict=False):
            part = part.sort_values(size)
            for row, (value, label) in enumerate((("step_ms", "step, ms"), ("peak_mb", "memory, MB"))):
                slope = f", exponent {exponent(part, axis, value):.2f}" if len(part) > 2 else ""
                plots[row, column].loglog(part[size], part[value], marker="o", color=color, label=f"{model}{slope}")
                plots[row, column].set_ylabel(label)
        sizes = sorted(set(results.loc[results["axis"] == axis, size]))
        for row in range(2):
            plots[row, column].set_xticks(sizes, labels=[_short(n) for n in sizes])
            plots[row, column].xaxis.minorticks_off()
            plots[row, column].set_xlabel({"nodes": "items (with 3 users each)", "text": "text width"}.get(axis, axis))
            plots[row, column].legend(frameon=False, fontsize=7)
    study.save(made_figure, file)


def main() -> None:
    """Runs the sizes, in place of older rows of the same; prints exponents and draws."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--axis", nargs="+", default=[*AXES], choices=[*AXES])
    parser.add_argument("--most", type=float, default=1e7, help="leave out sizes with more interactions than this")
    parser.add_argument("--steps", type=int, default=3, help="that are timed, after one that is not")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--results", type=Path, default=RESULTS)
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    for axis, model in itertools.product(args.axis, MODELS):
        for change in AXES[axis]:
            sizes = BASE | change
            if sizes["interactions"] > args.most or (axis == "text" and model == "lightgcn"):
                continue
            row = {"axis": axis, "model": model, **sizes}
            row |= speed.alone(measure, (model, sizes, args.steps), args.threads)
            row |= {"threads": args.threads, "torch": torch.__version__, "device": "cpu", "seed": 0}
            speed.write([row], args.results, KEY)
            print(f"{axis} {model} {change}: {row['step_ms']} ms a step, {row['peak_mb']} MB", flush=True)
    results = pd.read_csv(args.results)
    for (axis, model), part in results.groupby(["axis", "model"], sort=False):
        if len(part) > 2:
            found = ", ".join(f"{value} {exponent(part, axis, value):.2f}" for value in ("step_ms", "peak_mb"))
            print(f"exponents in {axis}, {model}: {found}")
    draw(results, args.results.with_suffix(".png"))


if __name__ == "__main__":
    main()
