"""How the cost of a training step grows with the data, on synthetic interactions.

python -m benchmarks.scaling
python -m benchmarks.scaling --axis interactions --most 1e6

One size at a time is varied around a middle one. The time of a step is the median of a few; the memory is the peak of
the
process above its memory before the model was built: graph, texts and optimizer are counted, the interactions are not.
Exponents are slopes of a line through the logarithms over the larger half of the sizes, where fixed costs matter
less. An
epoch is its sampling and the time of a step times its steps: the largest graphs are not trained to the end.
"""

from __future__ import annotations

import itertools
import os
import time
from typing import Any

import numpy as np
import pandas as pd
import torch

from irllrec_pyg.models import IRLLRec, LightGCN
from irllrec_pyg.training import Trainer

from . import drawing, results
from .arguments import parse
from .speed import harness
from .synthetic_interactions import synthetic_interactions

RESULTS = results.FOLDER / "scaling.csv"
BASE = {"interactions": 300_000, "users": 30_000, "items": 10_000, "width": 32, "text": 384, "batch": 4096}
KEY = ["axis", "model", *BASE, "threads"]
AXES: dict[str, list[dict[str, int]]] = {
    "interactions": [{"interactions": n} for n in (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)],
    "nodes": [{"users": 3 * n, "items": n} for n in (3_000, 10_000, 30_000, 100_000)],
    "width": [{"width": n} for n in (16, 32, 64, 128, 256)],
    "text": [{"text": n} for n in (384, 768, 1536, 3072)],
    "large": [{"interactions": 10_000_000, "users": 1_000_000, "items": 200_000, "width": 64, "batch": 8_192}],
}
SIZES = {"nodes": "items"}  # column of an axis, where it has another name
MODELS = ("lightgcn", "irllrec")


def measure(name: str, sizes: dict[str, int], steps: int) -> dict[str, Any]:
    """Time and memory of some steps."""
    data = synthetic_interactions(sizes["users"], sizes["items"], sizes["interactions"])
    before = harness.reset_peak()
    torch.manual_seed(0)
    model: LightGCN | IRLLRec = LightGCN(sizes["users"], sizes["items"], sizes["width"])
    if name == "irllrec":
        features = [torch.randn(sizes[side], sizes["text"], dtype=torch.bfloat16) for side in ("users", "items")]
        model = IRLLRec(model, *features, scope="batch", hidden_channels=sizes["width"] * 2)
    trainer = Trainer(model, data, batch_size=sizes["batch"], progress=False)
    total, started = len(trainer.sampler), time.perf_counter()
    trainer.sampler = harness.FirstBatches(trainer.sampler, 1)  # type: ignore[assignment]
    sampling = time.perf_counter() - started
    step = float(np.median(harness.times(lambda: trainer.train_epoch(1), 1 + steps)[1:]))
    peak = round((harness.memory("VmHWM") - before) / 2**20, 1)
    row = {"step_ms": round(1e3 * step, 2), "sampling_ms": round(1e3 * sampling, 2), "steps": total}
    return {**row, "epoch_s": round(sampling + total * step, 1), "peak_mb": peak}


def exponent(frame: pd.DataFrame, axis: str, value: str) -> float:
    """Slope of the logarithms over the larger half of the sizes."""
    size = SIZES.get(axis, axis)
    upper = frame.sort_values(size).iloc[-(len(frame) + 1) // 2 :]
    return float(np.polyfit(np.log(upper[size]), np.log(upper[value]), 1)[0])


def draw(frame: pd.DataFrame) -> Any:
    """Draws time and memory against each size, and returns the picture."""
    axes = [axis for axis in AXES if axis != "large" and axis in set(frame["axis"])]
    picture, plots = drawing.figure(2, len(axes), width=3.2)
    labels = {"step_ms": "step (ms)", "peak_mb": "memory (MB)"}
    for (value, axis), plot in drawing.panels(plots, labels, axes):
        size, panel = SIZES.get(axis, axis), frame[frame["axis"] == axis]
        for color, (model, part) in zip(drawing.COLORS, panel.groupby("model"), strict=False):
            slope = f", exponent {exponent(part, axis, value):.2f}" if len(part) > 2 else ""
            part = part.sort_values(size)
            plot.loglog(part[size], part[value], marker="o", color=color, label=f"{model}{slope}")
        ticks = sorted(set(panel[size]))
        plot.set_xticks(
            ticks,
            labels=[
                f"{n}".removesuffix("000000") + "M" * (n % 10**6 == 0)
                if n % 10**6 == 0
                else f"{n // 1000}k"
                if n % 1000 == 0
                else f"{n}"
                for n in ticks
            ],
        )
        plot.xaxis.minorticks_off()
        names = {"nodes": "items (with 3 users each)", "text": "text width"}
        plot.set(xlabel=names.get(axis, axis), ylabel=labels[value])
        plot.legend(frameon=False, fontsize=7)
    return picture


def main() -> None:
    """Measures all sizes, prints exponents, and draws."""
    settings = {"most": 1e7, "steps": 3, "threads": os.cpu_count() or 1, "results": RESULTS}
    args = parse(__doc__, {"axis": [*AXES]}, axis=[*AXES], **settings)
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    about = {"threads": args.threads, "torch": torch.__version__, "device": "cpu", "seed": 0}
    for axis, model in itertools.product(args.axis, MODELS):
        for change in AXES[axis]:
            sizes = BASE | change
            if sizes["interactions"] > args.most or (axis == "text" and model == "lightgcn"):
                continue
            row = harness.alone(measure, (model, sizes, args.steps), args.threads)
            results.replace([{"axis": axis, "model": model, **sizes, **row, **about}], args.results, KEY)
            print(f"{axis} {model} {change}: {row['step_ms']} ms per step, {row['peak_mb']} MB", flush=True)
    frame = results.read(args.results)
    for (axis, model), part in frame.groupby(["axis", "model"], sort=False):
        if len(part) > 2:
            slopes = ", ".join(f"{value} {exponent(part, axis, value):.2f}" for value in ("step_ms", "peak_mb"))
            print(f"exponents in {axis}, {model}: {slopes}")
    drawing.save(draw(frame), args.results.with_suffix(".png"))


if __name__ == "__main__":
    main()
