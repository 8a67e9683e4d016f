"""Pictures of results."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

COLORS = ("#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2")
NAMES = {"recall": "Recall@20", "ndcg": "NDCG@20"}


def figure(rows: int, columns: int, width: float = 4.2, height: float = 3.0) -> tuple[Any, Any]:
    """A figure, and its axes ``[rows, columns]``."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    size = (width * columns, height * rows)
    picture, axes = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
    return picture, axes


def panels(axes: Any, rows: Iterable[Any], columns: Iterable[Any]) -> Iterator[tuple[tuple[Any, Any], Any]]:
    """Yields the row and the column of each panel, and its axis."""
    return zip(itertools.product(rows, columns), axes.flat, strict=True)


def points(axis: Any, at: Sequence[Any], values: pd.DataFrame, upright: bool = True, **style: Any) -> Any:
    """Draws means with their standard deviations, along the y-axis if ``upright``, and returns them."""
    x, y, error = (at, values["mean"], "yerr") if upright else (values["mean"], at, "xerr")
    return axis.errorbar(x, y, **{"capsize": 3, error: values["std"].fillna(0.0), **style})


def save(picture: Any, file: Path) -> None:
    """Writes a picture."""
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(file, dpi=150)
    picture.clear()
