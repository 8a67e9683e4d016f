"""Pictures of results."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

COLORS = ("#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2")
NAMES = {"recall": "Recall@20", "ndcg": "NDCG@20"}


def draw(
    file: Path,
    rows: Iterable[Any],
    columns: Iterable[Any],
    panel: Callable[[Any, Any, Any], Any],
    size: tuple[float, float] = (4.2, 3.0),
    legend: str = "",
    sharey: bool = False,
    title: str = "",
) -> None:
    """Draws ``panel(axis, row, column)`` for every pair, with a common title and a common legend at a place, and writes
    the picture. ``sharey`` gives the panels of a row one y-axis, which is labelled once."""
    rows, columns = list(rows), list(columns)
    picture = Figure(figsize=(size[0] * len(columns), size[1] * len(rows)), layout="constrained")
    axes = picture.subplots(len(rows), len(columns), sharey="row" if sharey else False, squeeze=False)
    entries: dict[str, Any] = {}
    for axis, (row, column) in zip(axes.flat, itertools.product(rows, columns), strict=True):
        axis.spines[["top", "right"]].set_visible(False)
        panel(axis, row, column)
        if sharey and axis is not axes[rows.index(row), 0]:
            axis.set_ylabel("")
        handles, labels = axis.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
    picture.suptitle(title, fontsize="medium")
    if legend:
        picture.legend(entries.values(), entries, loc=f"outside {legend}", ncols=4, frameon=False, fontsize="small")
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(file, dpi=150)


def over_seeds(table: pd.DataFrame) -> str:
    """What points and intervals show, for a title."""
    return f"mean and standard deviation over {table['count'].max():.0f} seeds"


def points(axis: Any, at: Sequence[Any], values: pd.DataFrame, upright: bool = True, **style: Any) -> None:
    """Draws means with their standard deviations, along the y-axis if ``upright``."""
    x, y, error = (at, values["mean"], "yerr") if upright else (values["mean"], at, "xerr")
    axis.errorbar(x, y, **{"capsize": 3, error: values["std"].fillna(0.0), **style})
