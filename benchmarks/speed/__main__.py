"""Time and memory of kernels, steps and epochs, of their textbook forms and of other libraries.

python -m benchmarks.speed --root DIR
python -m benchmarks.speed --root DIR --case propagate contrast --rounds 5
python -m benchmarks.speed --report docs/speed.md

DIR holds Amazon-movie; without it, synthetic interactions of about its size are used. Every case runs in a process of
its own. Variants that must give the same numbers are compared before they are timed. ``peak_mb`` is the peak of the
process during a call above its memory before the variant was built; inputs that the variants share are not counted.

Epochs of IRLLRec are too long to be timed: a few steps are timed and multiplied; ``measured`` says how many. Texts are
random numbers as wide as the embeddings of the paper's encoder. The roofline has a file of its own.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd

from .. import results
from ..arguments import parse
from . import cases, harness, roofline

RESULTS = results.FOLDER / "speed.csv"
KEY = ["case", "variant", "threads"]


def measure(name: str, root: Path | None, rounds: int) -> list[dict[str, Any]]:
    """Rows of a case, or of the roofline."""
    data = cases.load(root)
    if name == "roofline":
        return roofline.roofline(data, rounds)
    about = {"data": "amazon-movie" if root else "synthetic"}
    return [{**row, **about} for row in harness.measure(name, cases.CASES[name](data), rounds)]


def tabulate(file: Path, page: Path) -> None:
    """Writes medians, and their ratios to ours, between the marks of a page."""
    frame = results.read(file)
    frame = frame[frame["threads"] == frame["threads"].max()]
    ours = frame[frame["variant"] == "ours"].set_index("case")
    lines = ["| case | variant | ms | times ours | MB | times ours |", "|---" * 6 + "|"]
    for row in frame.itertuples():
        cells = [row.case, row.variant]
        for value, mine in ((row.p50_ms, ours.loc[row.case, "p50_ms"]), (row.peak_mb, ours.loc[row.case, "peak_mb"])):
            cells += [f"{value:,.0f}" if value >= 100 else f"{value:.1f}", f"{value / max(mine, 0.1):.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    about = frame.iloc[0]
    lines += ["", f"{about.data}, {about.threads} threads, torch {about.torch}, PyG {about.pyg}, {about.device}."]
    roof = results.read(file.with_name("roofline.csv"), limit=None)
    if len(roof):
        lines += ["", "| kernel | rate or time | limit | share |", "|---" * 4 + "|"]
        for row in roof.dropna(subset=["limit"]).itertuples():
            share = "" if pd.isna(row.share) else f"{row.share:.0%}"
            lines.append(f"| {row.kernel} | {row.rate:,.0f} {row.unit} | {row.limit} | {share} |")
    results.put(lines, "speed", page)


def main() -> None:
    """Runs the cases one after another."""
    names = [*cases.CASES, "roofline"]
    settings = {"root": None, "rounds": 21, "threads": os.cpu_count() or 1, "results": RESULTS, "report": None}
    args = parse(__doc__, {"case": names}, case=names, **settings)
    if args.report:
        tabulate(args.results, args.report)
        return
    # Set before the children start, because some libraries read it only then.
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(args.threads)
    for name in args.case:
        rows = harness.alone(measure, (name, args.root, args.rounds), args.threads)
        roof = name == "roofline"
        file = args.results.with_name("roofline.csv") if roof else args.results
        print(results.replace(rows, file, ["kernel", "limit", "threads"] if roof else KEY).to_string(index=False))


if __name__ == "__main__":
    main()
