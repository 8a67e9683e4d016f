"""What the figures' scripts share: models under different settings, a row a seed, resumed, and drawn."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import torch

import runs
from irllrec_pyg.models import BACKBONES

KEY = ["dataset", "backbone", "method", "variant", "seed"]
COLORS = ("#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2")


@dataclass(frozen=True)
class Case:
    """One thing to train.

    Args:
        backbone: Its name.
        method: ``"base"``, an enhancer, or its control.
        variant: What the picture calls it.
        settings: In place of the preset's, by dotted names.
    """

    backbone: str
    method: str
    variant: str
    settings: Mapping[str, Any] = field(default_factory=dict)


def paper_form(dataset: str, backbone: str) -> dict[str, Any]:
    """Settings of all terms of the paper and of no others, trained from the start, whatever the preset has."""
    preset = runs.preset_of(dataset, backbone, "irllrec")
    start = runs.preset_of(dataset, backbone, "base") if preset["warm_start"] else preset
    return {
        "blend": {},
        "warm_start": False,
        "trainer": start["trainer"],  # where the preset goes on from a trained backbone, its own is for that alone
        "enhancer.ranking_weight": 0.0,
        "enhancer.pairwise_weight": 1e-2,
        "enhancer.translation_weight": 1e-3,
        "enhancer.matching_weight": 1e-3,
    }


def parser(doc: str | None, results: Path) -> argparse.ArgumentParser:
    """Arguments that all of them take."""
    arguments = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--dataset", choices=runs.DATASETS, default="lastfm")
    arguments.add_argument("--root", type=Path, help="folder of the data (default: only draw what there is)")
    arguments.add_argument("--backbone", nargs="+", default=["lightgcn"], choices=[*BACKBONES], metavar="NAME")
    runs.add_texts(arguments)
    arguments.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    arguments.add_argument("--epochs", type=int, default=300, help="the most epochs, where the preset does not say")
    arguments.add_argument("--out", type=Path, default=Path("runs"), help="where models are kept")
    arguments.add_argument("--plot", type=Path, default=results.with_suffix(".png"), help="picture to draw")
    return arguments


def run(
    file: Path,
    cases: Sequence[Case],
    args: argparse.Namespace,
    measure: Callable[[Any], list[dict[str, Any]]] = runs.metrics,
) -> pd.DataFrame:
    """Trains what is missing of cases and seeds, where ``root`` is given, and returns all results of the dataset."""
    if threads := os.environ.get("OMP_NUM_THREADS"):
        torch.set_num_threads(int(threads))
    for case in cases if args.root else ():
        for seed in args.seeds:
            key = {"dataset": args.dataset, "backbone": case.backbone, "method": case.method, "variant": case.variant}
            if (*key.values(), str(seed)) in runs.read(file, KEY)[1]:
                print(f"{' '.join(key.values())}, seed {seed}: done already")
                continue
            fitted, about = runs.fit(case.backbone, case.method, seed, args, case.settings)
            runs.append([{**key, "seed": seed, **row, **about} for row in measure(fitted)], file)
            print(f"{' '.join(key.values())}, seed {seed}: {about['epochs']} epochs", flush=True)
    results, _ = runs.read(file, KEY)
    results = results[results["dataset"] == args.dataset]
    if results.empty:
        raise SystemExit(f"'{file}' has no results of {args.dataset} yet; give the folder of the data with --root")
    return results


def over_seeds(results: pd.DataFrame, by: Sequence[str], metrics: Sequence[str] = ("recall", "ndcg")) -> pd.DataFrame:
    """Mean and standard deviation over seeds at 20 on the test split."""
    chosen = results[(results["split"] == "test") & (results["k"] == 20) & results["metric"].isin(metrics)]
    return chosen.groupby([*by, "metric"], sort=False)["value"].agg(["mean", "std", "count"]).fillna({"std": 0.0})


def figure(rows: int, columns: int, width: float = 4.2, height: float = 3.0) -> tuple[Any, Any]:
    """A figure fit for a page, and its axes ``[rows, columns]``."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    made, axes = plt.subplots(
        rows, columns, figsize=(width * columns, height * rows), layout="constrained", squeeze=False
    )
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
    return made, axes


def save(made: Any, file: Path) -> None:
    """Writes the picture."""
    import matplotlib.pyplot as plt

    file.parent.mkdir(parents=True, exist_ok=True)
    made.savefig(file, dpi=150)
    plt.close(made)
