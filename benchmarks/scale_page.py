"""Tables of ``docs/scale.md``: raw reviews and training at growing sizes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from . import results


def exponents(frame: pd.DataFrame) -> Iterator[str]:
    """Slopes of the logarithms of processor time and memory against the number of reviews."""
    for way, rows in frame.groupby("way"):
        for value in ("cpu_s", "peak_mb"):
            if len(rows) > 1:
                slope = np.polyfit(np.log(rows["reviews"]), np.log(rows[value].astype(float)), 1)[0]
                what = {"cpu_s": "the processor's time", "peak_mb": "the memory"}[value]
                yield f"{what} of `{way}` grows with the number of reviews to the power of {slope:.2f};"


def write(folder: Path, page: Path) -> None:
    """Writes the tables between the marks of a page."""
    raw = results.read(folder / "raw_scale.csv").sort_values(["way", "reviews"])
    lines = ["| way | reviews | gzipped (MB) | kept | processor (s) | memory (MB) |", "|---" * 6 + "|"]
    for _, row in raw.iterrows():
        cells = [row["way"], *(f"{row[name]:,.0f}" for name in ("reviews", "raw_mb", "kept", "cpu_s", "peak_mb"))]
        lines.append(f"| {' | '.join(cells)} |")
    about = raw.iloc[-1]
    lines += [
        "",
        f"The memory limit of the database is {about['memory_limit']}; {about['device']}. Over all sizes,",
        "",
    ]
    lines += [f"- {text}" for text in exponents(raw)]
    results.put(lines, "raw-scale", page)

    steps = results.read(folder / "scaling.csv")
    steps = steps[(steps["interactions"] == steps["interactions"].max())].drop_duplicates(["axis", "model"])
    lines = ["| model | interactions | users | items | width | step (s) | epoch (h) | memory (MB) |", "|---" * 8 + "|"]
    for _, row in steps.sort_values(["users", "model"]).iterrows():
        sizes = [f"{row[name]:,}" for name in ("interactions", "users", "items", "width")]
        cells = [*sizes, f"{row['step_ms'] / 1000:.1f}", f"{row['epoch_s'] / 3600:.1f}", f"{row['peak_mb']:,.0f}"]
        lines.append(f"| {' | '.join([row['model'], *cells])} |")
    results.put(lines, "full-graph", page)
