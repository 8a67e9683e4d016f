"""The command that measures an engine."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from . import common
from .common import Folder, Json


class Split(str, Enum):
    """Held-out interactions."""

    val = "val"
    test = "test"


def evaluate(
    folder: Folder,
    split: Annotated[Split, typer.Option(help="held-out interactions to measure on")] = Split.test,
    k: Annotated[list[int] | None, typer.Option("--k", help="cut-off; several times for several (default: 20)")] = None,
    level: Annotated[float, typer.Option(help="level of the intervals")] = 0.95,
    seed: Annotated[int, typer.Option(help="seed of the intervals")] = 0,
    as_json: Json = False,
) -> None:
    """Measure the accuracy, with intervals.

    Example: irllrec evaluate engine --split test --k 10 --k 20

    Accuracy is that on held-out interactions; intervals are over users. Training interactions are never recommended;
    those of the other split may be, as in the paper.
    """
    import pandas as pd

    from ..data import INTERACTS
    from ..ranking import bootstrap_interval, evaluate_users

    engine = common.open_engine(folder, verify=True)  # what is measured is what was saved
    pairs = engine.data[INTERACTS]
    labels = pairs.get(f"{split.value}_label_index")
    if labels is None or labels.size(1) == 0:
        raise ValueError(f"the engine in '{folder}' has no {split.value} interactions; fit one with a split")
    found = evaluate_users(engine.ranker, labels, pairs.edge_index, k or [20])
    rows = [
        (name, value, *bootstrap_interval(found.values[name], level, seed=seed)) for name, value in found.mean().items()
    ]
    table = pd.DataFrame(rows, columns=["metric", "value", "low", "high"])
    if as_json:
        metrics = {name: {"value": value, "low": low, "high": high} for name, value, low, high in rows}
        common.show_json({"split": split.value, "users": found.user.numel(), "level": level, "metrics": metrics})
    else:
        typer.echo(f"{found.user.numel()} users of the {split.value} split, intervals of {level:.0%}", err=True)
        common.show(table)
