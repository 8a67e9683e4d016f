"""Tables of ``docs/scale.md``: raw reviews and training at growing sizes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from . import results


def exponents(frame: pd.DataFrame) -> Iterator[str]:
    """Slopes of the logarithms of time and memory against the number of reviews."""
    for way, rows in frame.groupby("way"):
        for value in ("total_s", "cpu_s", "peak_mb"):
            if len(rows) > 1:
                slope = np.polyfit(np.log(rows["reviews"]), np.log(rows[value].astype(float)), 1)[0]
                yield f"{way}: {value} grows with the number of reviews to the power of {slope:.2f}"


def write(folder: Path, page: Path) -> None:
    """Writes the tables between the marks of a page."""
    raw = results.read(folder / "raw_scale.csv").sort_values(["way", "reviews"])
    head = ["way", "reviews", "gzipped (MB)", "kept", "read (s)", "filter, split (s)", "write (s)", "processor (s)"]
    lines = [f"| {' | '.join([*head, 'memory (MB)'])} |", "|---" * 9 + "|"]
    for _, row in raw.iterrows():
        middle = row[["pairs_s", "core_s", "split_s"]].sum(min_count=1)
        times = [_number(value) for value in (row["read_s"], middle, row["write_s"], row["cpu_s"], row["peak_mb"])]
        cells = [row["way"], f"{row['reviews']:,}", f"{row['raw_mb']:,}", f"{row['kept']:,}", *times]
        lines.append(f"| {' | '.join(cells)} |")
    about = raw.iloc[0]
    lines += ["", f"Memory limit of the database: {about['memory_limit']}; {about['device']}. Over all sizes,", ""]
    lines += [f"- {text}" for text in exponents(raw)]
    results.put(lines, "raw-scale", page)

    steps = results.read(folder / "scaling.csv")
    steps = steps[(steps["interactions"] == steps["interactions"].max())].drop_duplicates(["axis", "model"])
    lines = ["| model | interactions | users | items | width | step (s) | epoch (h) | memory (MB) |", "|---" * 8 + "|"]
    for _, row in steps.sort_values(["users", "model"]).iterrows():
        sizes = [f"{row[name]:,}" for name in ("interactions", "users", "items", "width")]
        cells = [*sizes, f"{row['step_ms'] / 1000:.1f}", f"{row['epoch_s'] / 3600:.1f}", _number(row["peak_mb"])]
        lines.append(f"| {' | '.join([row['model'], *cells])} |")
    results.put(lines, "full-graph", page)


def _number(value: float) -> str:
    return "" if pd.isna(value) else f"{value:,.0f}"
