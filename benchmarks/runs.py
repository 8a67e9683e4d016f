"""Training runs: every model comes from a recipe, and no run whose identity is in the results is repeated."""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from torch_geometric.data import HeteroData

from irllrec_pyg.data import CONTROLS
from irllrec_pyg.recipes import Recipe, Run

from . import arguments, measures, results


@dataclass(frozen=True)
class Case:
    """A model to train: a backbone or another model with a preset; ``"base"`` or what is added, with ``-CONTROL`` for a
    text control; further columns of its rows; and settings in place of the preset's, see :meth:`Recipe.replace`."""

    backbone: str
    method: str
    labels: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


def split(method: str) -> tuple[str, str]:
    """Name and text control of a method; the control is empty where there is none."""
    control = max((name for name in CONTROLS if method.endswith(f"-{name}")), key=len, default="")
    return (method.removesuffix(f"-{control}") if control else method), control


def recipe(case: Case, args: argparse.Namespace) -> tuple[Recipe, str]:
    """Recipe of a case, and its method together with the control of ``--control``."""
    name, control = split(case.method)
    control = control or args.control or ""
    if args.intents and control == "shuffled-items":
        raise SystemExit(f"{name}-{control}: --intents gives users features of their own; use {name}-shuffled")
    preset = case.backbone if name == "base" else f"{case.backbone}+{name}"
    encoder = None if args.intents else args.encoder
    found = Recipe.from_preset(args.dataset, preset, encoder, control or None).replace(case.settings)
    found = _limited(found, args.epochs) if args.epochs and not found.is_closed_form else found
    return found, f"{name}-{control}" if control and (found.features_read or case.method != name) else name


def _limited(recipe: Recipe, epochs: int) -> Recipe:
    start = {} if recipe.start is None else {"start": _limited(recipe.start, epochs).to_dict()}
    return recipe.replace({"trainer.max_epochs": min(epochs, recipe.trainer.get("max_epochs", epochs)), **start})


def fit(case: Case, seed: int, data: HeteroData, args: argparse.Namespace) -> tuple[Run, dict[str, Any]]:
    """A fitted run, and what its rows say about it. A finished run in ``--out`` is only read."""
    (found, method), started = recipe(case, args), time.perf_counter()
    run = found.fit(data, seed, args.out)
    return run, about(run, args, method, time.perf_counter() - started)


def about(run: Run, args: argparse.Namespace, method: str, seconds: float = 0.0) -> dict[str, Any]:
    """What the rows of a run say about it; ``seconds`` are those of a closed form."""
    epochs, seconds = (0, seconds) if run.result is None else (run.result.epoch, run.result.seconds)
    text = ", ".join(part for part in (args.text, split(method)[1]) if part) if run.recipe.features_read else ""
    row = {"epochs": epochs, "seconds": round(seconds, 1), **results.about(), "text": text}
    return {**row, "identity": run.identity}


Measure = Callable[[Run], list[dict[str, Any]]]


def train(
    case: Case, seed: int, data: HeteroData, args: argparse.Namespace, measure: Measure = measures.metrics
) -> None:
    """Trains a model, unless the results have it, and adds the rows that ``measure`` makes of the run."""
    found, method = recipe(case, args)
    key = {"dataset": args.dataset, "backbone": case.backbone, "method": method, **case.labels, "seed": seed}
    if results.has(args.results, {**key, "identity": found.identity(data, seed, args.out)}):
        print(f"{' '.join(map(str, key.values()))}: done already")
        return
    fitted, common = fit(case, seed, data, args)
    rows = [{**key, **row, **common} for row in measure(fitted)]
    if any(row.get("split") == "test" for row in rows):
        measures.save_users(measures.users(fitted), common["identity"], args.results.parent)
    results.replace(rows, args.results, [*key])
    test = {row["metric"]: row["value"] for row in rows if (row.get("split"), row.get("k")) == ("test", 20)}
    shown = "".join(f", {name}@20 {test[name]:.4f}" for name in ("recall", "ndcg") if name in test)
    print(f"{' '.join(map(str, key.values()))}: {common['epochs']} epochs{shown}", flush=True)


def run(cases: Sequence[Case], args: argparse.Namespace, measure: Measure = measures.metrics) -> pd.DataFrame:
    """Trains what the results lack, where ``--root`` is given, and returns all results of the dataset. A closed form is
    computed once, because it does not depend on the seed."""
    data = arguments.load(args) if args.root else None
    for case in cases if data is not None else ():
        once = recipe(case, args)[0].is_closed_form and not split(case.method)[1]
        for seed in args.seeds[:1] if once else args.seeds:
            train(case, seed, data, args, measure)
    frame = of_dataset(args)
    if frame.empty:
        raise SystemExit(
            f"'{args.results}' has no results of {args.dataset} yet; give the folder of the data with --root"
        )
    return frame


def of_dataset(args: argparse.Namespace) -> pd.DataFrame:
    """The results of the dataset; empty where there are none."""
    frame = results.read(args.results)
    return frame[frame["dataset"] == args.dataset] if len(frame) else frame


def current(frame: pd.DataFrame, *by: str) -> pd.DataFrame:
    """The rows with an identity, and the older rows of groups that have none."""
    known = frame["identity"].notna()
    return frame[known | ~known.groupby([frame[name] for name in by]).transform("any")].copy()


def over_seeds(frame: pd.DataFrame, *by: str) -> pd.DataFrame:
    """Prints and returns mean, standard deviation and count of the test metrics at 20."""
    chosen = frame[(frame["split"] == "test") & (frame["k"] == 20) & frame["metric"].isin(["recall", "ndcg"])]
    table = chosen.groupby([*by, "metric"], sort=False)["value"].agg(["mean", "std", "count"]).fillna({"std": 0.0})
    print(table.round(4).to_string())
    return table
