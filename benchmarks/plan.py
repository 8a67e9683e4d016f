"""The plan of the results: which runs are missing, how long they take, and their training."""

import argparse
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch_geometric.data import HeteroData

from irllrec_pyg._io import read_toml
from irllrec_pyg.models import CLOSED_FORMS

from . import arguments, results, runs

PLAN = Path(__file__).parent / "plan.toml"
KEY = ["dataset", "backbone", "method", "seed"]
Planned = tuple[dict[str, Any], runs.Case, int]


def missing(frame: pd.DataFrame, plan: Path = PLAN) -> Iterator[Planned]:
    """Entry, case and seed of each run of the plan that has no row with an identity, in the order of the plan."""
    rows = frame.dropna(subset="identity")[KEY] if len(frame) else pd.DataFrame(columns=KEY)
    known = set(rows.itertuples(index=False, name=None))
    for entry in read_toml(plan)["rows"]:
        for seed, backbone, method in product(range(entry["seeds"]), entry["backbones"], entry["methods"]):
            once = seed > 0 and backbone in CLOSED_FORMS and method == "base"
            if not once and (entry["dataset"], backbone, method, seed) not in known:
                yield entry, runs.Case(backbone, method), seed


def seconds(frame: pd.DataFrame, dataset: str, case: runs.Case) -> float:
    """Expected time of a run: the median of like runs; those of the dataset, where there is none of the method."""
    found = frame[frame["dataset"] == dataset] if len(frame) else frame
    for name, value in (("method", runs.split(case.method)[0]), ("backbone", case.backbone)):
        same = found[found[name] == value] if len(found) else found
        found = same if len(same) else found
    return float(found["seconds"].median()) if len(found) else 300.0


@cache
def load(dataset: str, root: Path) -> HeteroData:
    """The data, once per process."""
    return arguments.load(argparse.Namespace(dataset=dataset, root=root / dataset, intents=None))


def train(planned: Planned, args: argparse.Namespace, last: float) -> None:
    """One run of the plan, if there is time left to begin it."""
    entry, case, seed = planned
    if time.time() < last:
        torch.set_num_threads(1)
        given = {
            "dataset": entry["dataset"],
            "encoder": entry.get("encoder", args.encoder),
            "text": entry.get("text", ""),
        }
        one = argparse.Namespace(**{**vars(args), **given, "intents": None, "control": None, "epochs": None})
        runs.train(case, seed, load(entry["dataset"], args.root), one)


def run(args: argparse.Namespace) -> None:
    """Trains what is missing, several at once."""
    os.environ["OMP_NUM_THREADS"] = "1"
    last, planned = time.time() + 60 * args.minutes, missing(results.read(args.results), args.plan)
    with ProcessPoolExecutor(args.jobs, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(train, one, args, last) for one in planned]:
            done.result()


def show(args: argparse.Namespace) -> None:
    """Prints what is missing."""
    frame, total = results.read(args.results), 0.0
    for entry, case, seed in missing(frame, args.plan):
        expected = seconds(frame, entry["dataset"], case)
        total += expected
        print(f"{entry['dataset']} {case.backbone} {case.method} {seed}: about {expected / 60:.0f} min")
    print(f"about {total / 3600:.1f} hours in one process, on a machine like that of the results")
