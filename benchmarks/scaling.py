"""How the cost of a training step grows with the data, on synthetic interactions.

python -m benchmarks.scaling [--axis interactions] [--most 1e6]

One size at a time is varied around a middle one. The time of a step is the median of a few; the memory is the peak of
the process above its memory before the model was built: graph, texts and optimizer count, the interactions do not.
Exponents are slopes of a line through the logarithms over the larger half of the sizes, where fixed costs matter less.
An epoch is its sampling and the time of a step times its steps: the largest graphs are not trained to the end.
"""

import os
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from irllrec_pyg.models import IRLLRec, LightGCN
from irllrec_pyg.testing import skewed_data
from irllrec_pyg.training import Trainer

from . import arguments, drawing, results
from .speed import harness

BASE = {"interactions": 300_000, "users": 30_000, "items": 10_000, "width": 32, "text": 384, "batch": 4096}
AXES: dict[str, list[dict[str, int]]] = {
    "interactions": [{"interactions": n} for n in (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)],
    "nodes": [{"users": 3 * n, "items": n} for n in (3_000, 10_000, 30_000, 100_000)],
    "width": [{"width": n} for n in (16, 32, 64, 128, 256)],
    "text": [{"text": n} for n in (384, 768, 1536, 3072)],
    "large": [{"interactions": 10_000_000, "users": 1_000_000, "items": 200_000, "width": 64, "batch": 8_192}],
}
MODELS = ("lightgcn", "irllrec")
VALUES = {"step_ms": "step (ms)", "peak_mb": "memory (MB)"}


def measure(name: str, sizes: dict[str, int], steps: int) -> dict[str, Any]:
    """Time and memory of some steps."""
    data = skewed_data(sizes["users"], sizes["items"], sizes["interactions"])
    before = harness.reset_peak()
    torch.manual_seed(0)
    model: LightGCN | IRLLRec = LightGCN(sizes["users"], sizes["items"], sizes["width"])
    if name == "irllrec":
        features = [torch.randn(sizes[side], sizes["text"], dtype=torch.bfloat16) for side in ("users", "items")]
        model = IRLLRec(model, *features, scope="batch", hidden_channels=sizes["width"] * 2)
    trainer = Trainer(model, data, batch_size=sizes["batch"], progress=False)
    total, started = len(trainer.sampler), time.perf_counter()
    trainer.sampler = harness.FirstBatches(trainer.sampler, 1)
    sampling = time.perf_counter() - started
    step = float(np.median(harness.times(lambda: trainer.train_epoch(1), 1 + steps)[1:]))
    row = {"step_ms": round(1e3 * step, 2), "sampling_ms": round(1e3 * sampling, 2), "steps": total}
    return {**row, "epoch_s": round(sampling + total * step, 1), "peak_mb": harness.peak_above(before)}


def exponent(frame: pd.DataFrame, size: str, value: str) -> float:
    """Slope of the logarithms over the larger half of the sizes."""
    upper = frame.sort_values(size).iloc[-(len(frame) + 1) // 2 :]
    return float(np.polyfit(np.log(upper[size]), np.log(upper[value]), 1)[0])


def draw(frame: pd.DataFrame, file: Path) -> None:
    """Draws time and memory against each size, and prints exponents."""
    names = {"nodes": "items (with 3 users each)", "text": "text width"}

    def panel(plot, value, axis):
        size = "items" if axis == "nodes" else axis
        rows = frame[frame["axis"] == axis].sort_values(size)
        for color, (model, part) in zip(drawing.COLORS, rows.groupby("model"), strict=False):
            label = f"{model}, exponent {exponent(part, size, value):.2f}" if len(part) > 2 else model
            plot.loglog(part[size], part[value], marker="o", color=color, label=label)
            print(f"{value} over {axis}: {label}")
        plot.set_xticks(rows[size].unique(), labels=[_short(number) for number in rows[size].unique()])
        plot.xaxis.minorticks_off()
        plot.yaxis.set_major_formatter("{x:,.0f}")
        plot.set(xlabel=names.get(axis, axis), ylabel=VALUES[value])
        plot.legend(frameon=False, fontsize=7)

    axes = [axis for axis in AXES if axis != "large" and axis in set(frame["axis"])]
    title = (
        "Cost of a training step as one size grows, on synthetic interactions (one process on a CPU, median of steps)"
    )
    drawing.draw(file, VALUES, axes, panel, (2.8, 2.6), sharey=True, title=title)


def _short(number: int) -> str:
    for unit, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= unit and number % (unit // 10) == 0:
            return f"{number / unit:g}{letter}"
    return str(number)


def main() -> None:
    """Measures all sizes, and draws."""
    settings = {"axis": [*AXES], "most": 1e7, "steps": 3, "threads": os.cpu_count() or 1}
    args = arguments.parse(__doc__, "scaling", {"axis": [*AXES]}, **settings)
    about = {"threads": args.threads, "torch": torch.__version__, "device": "cpu", "seed": 0}
    for axis, model in product(args.axis, MODELS):
        for change in AXES[axis]:
            sizes = BASE | change
            if sizes["interactions"] <= args.most and (axis, model) != ("text", "lightgcn"):
                row = harness.alone(measure, (model, sizes, args.steps), args.threads)
                row = {"axis": axis, "model": model, **sizes, **row, **about}
                results.replace([row], args.results, ["axis", "model", *BASE, "threads"])
                print(f"{axis} {model} {change}: {row['step_ms']} ms per step, {row['peak_mb']} MB", flush=True)
    draw(results.read(args.results), args.results.with_suffix(".png"))


if __name__ == "__main__":
    main()
