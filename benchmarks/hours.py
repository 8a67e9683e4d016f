"""How long the results take: the recorded times of the rows, summed by table and dataset."""

from pathlib import Path

import pandas as pd

from . import results

#: Page or picture that a file of rows is for, and the command that makes them.
TABLES = {
    "by_default": ("By default", "benchmarks.by_default"),
    "table2": ("Method by method", "benchmarks.table2"),
    "tune": ("Settings", "benchmarks.tune"),
    "ablation": ("Ablation", "benchmarks.figures ablation"),
    "sensitivity": ("Weights of the terms", "benchmarks.figures sensitivity"),
    "semantic": ("Text encoders", "benchmarks.figures semantic"),
}


KEY = ["dataset", "backbone", "method", "variant", "settings", "budget_s", "seed", "seconds"]


def hours(frame: pd.DataFrame) -> pd.Series:
    """Hours by dataset. A run has one row per metric."""
    runs = frame.drop_duplicates([name for name in KEY if name in frame.columns])
    return runs.groupby("dataset")["seconds"].sum() / 3600.0


def write(folder: Path, page: Path) -> None:
    """Writes the table between the marks of a page."""
    lines = ["| table | dataset | command | hours |", "|---" * 4 + "|"]
    for name, (title, command) in TABLES.items():
        for dataset, value in hours(results.read(folder / f"{name}.csv")).items():
            lines.append(f"| {title} | {dataset} | `python -m {command}` | {value:.1f} |")
    results.put(lines, "hours", page)
