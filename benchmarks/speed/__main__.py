"""Time and memory of kernels, steps and epochs, of their textbook forms and of other libraries.

python -m benchmarks.speed --root DIR
python -m benchmarks.speed --root DIR --case propagate contrast --rounds 5 [--device cuda]

DIR holds Amazon-movie, or Last.fm for the cases that end with its name; without it, synthetic interactions of about the
size of Amazon-movie are used. Every case runs in a process of its own. Variants that must give the same numbers are
compared before they are timed. ``peak_mb`` is the peak of the process during a call above its memory before the variant
was built; inputs that the variants share are not counted.

Epochs over all nodes are too long to be timed: a few steps are timed and multiplied; ``measured`` says how many. Texts
of Amazon-movie are random numbers as wide as the embeddings of the paper's encoder. The roofline has its own file.
"""

import os
from pathlib import Path

import pandas as pd
import torch

from .. import arguments, results
from . import cases, harness

KEY = ["case", "variant", "threads", "device"]
ROOF = ["kernel", "limit", "threads", "device"]


def write(folder: Path, page: Path) -> None:
    """Writes medians, and their ratios to ours, between the marks of a page."""
    frame = results.read(folder / "speed.csv")
    frame = frame[frame["threads"] == frame.groupby("case")["threads"].transform("max")]
    ours = frame[frame["variant"] == "ours"].set_index("case")
    lines = ["| case | variant | threads | ms | times ours | MB | times ours |", "|---" * 7 + "|"]
    for _, row in frame.iterrows():
        cells = [row["case"], row["variant"], str(row["threads"])]
        for name in ("p50_ms", "peak_mb"):
            ratio = row[name] / max(ours.loc[row["case"], name], 0.1)
            cells += [f"{row[name]:,.0f}" if row[name] >= 100 else f"{row[name]:.1f}", f"{ratio:.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    about = frame.iloc[0]
    lines += ["", f"{about.data}, torch {about.torch}, PyG {about.pyg}, {about.device}."]
    roof = results.read(folder / "roofline.csv")
    lines += ["", "| kernel | rate or time | limit | share |", "|---" * 4 + "|"] if len(roof) else []
    for _, row in roof[roof["limit"].notna()].iterrows() if len(roof) else ():
        share = "" if pd.isna(row["share"]) else f"{row['share']:.0%}"
        lines.append(f"| {row['kernel']} | {row['rate']:,.0f} {row['unit']} | {row['limit']} | {share} |")
    results.put(lines, "speed", page)


def main() -> None:
    """Runs the cases one after another."""
    names = [*cases.CASES, "roofline"]
    settings = {"root": None, "rounds": 21, "threads": os.cpu_count() or 1, "device": "cpu"}
    args = arguments.parse(__doc__, "speed", {"case": names}, case=names, **settings)
    lastfm = args.root is not None and cases.is_lastfm(args.root)
    for name in (name for name in args.case if name.endswith("lastfm") == lastfm):
        rows = harness.alone(cases.measure, (name, args.root, args.rounds, torch.device(args.device)), args.threads)
        file, key = (args.results.with_name("roofline.csv"), ROOF) if name == "roofline" else (args.results, KEY)
        print(results.replace(rows, file, key).to_string(index=False))


if __name__ == "__main__":
    main()
