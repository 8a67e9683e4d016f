"""The committed results as a whole.

python -m benchmarks missing                      lists the runs of the plan that the results lack, and their time
python -m benchmarks run --root DIR               trains them, those first that say most
python -m benchmarks report                       draws every picture and writes every table anew

The plan is ``plan.toml``. DIR holds a folder for each dataset. ``run`` uses one thread for each of --jobs processes,
begins nothing after --most minutes, and continues what was interrupted.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
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

from . import arguments, by_default, figures, new_item_forms, results, runs, scaling, table2
from .speed import __main__ as speed

ROOT = Path(__file__).parents[1]
PLAN, COMMITTED = ROOT / "benchmarks" / "plan.toml", ROOT / "benchmarks" / "results"
PAGES: list[tuple[str, Callable[[Path, Path], None]]] = [  # and what writes their tables
    ("docs/results.md", table2.write),
    ("docs/results.md", by_default.write),
    ("README.md", by_default.summarize),
    ("docs/speed.md", speed.write),
    ("docs/new_users.md", new_item_forms.write),
]
PICTURES: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "table2": lambda frame, file: table2.draw(table2.summarize(frame), file),
    "by_default": by_default.draw,
    "scaling": scaling.draw,
}
Planned = tuple[dict[str, Any], runs.Case, int]


def missing(frame: pd.DataFrame, plan: Path = PLAN) -> Iterator[Planned]:
    """Entry, case and seed of each run of the plan that has no row with an identity, in the order of the plan."""
    columns = [*table2.ROW, "seed"]
    rows = frame.dropna(subset="identity")[columns] if len(frame) else pd.DataFrame(columns=columns)
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
    last = time.time() + 60 * args.most
    with ProcessPoolExecutor(args.jobs, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(train, planned, args, last) for planned in missing(results.read(args.results))]:
            done.result()


def listed(args: argparse.Namespace) -> None:
    """Prints what is missing."""
    frame, total = results.read(args.results), 0.0
    for entry, case, seed in missing(frame):
        expected = seconds(frame, entry["dataset"], case)
        total += expected
        print(f"{entry['dataset']} {case.backbone} {case.method} {seed}: about {expected / 60:.0f} min")
    print(f"about {total / 3600:.1f} hours in one process, on a machine like that of the results")


def report(args: argparse.Namespace) -> None:
    """Draws and writes what the committed CSV files hold."""
    for page, write in PAGES:
        write(COMMITTED, ROOT / page)
    for name in figures.FIGURES:
        if name != "density":  # it is drawn from the data
            figures.draw(name, ["--results", str(COMMITTED / f"{name}.csv")])
    for name, draw in PICTURES.items():
        draw(results.read(COMMITTED / f"{name}.csv"), COMMITTED / f"{name}.png")


COMMANDS = {"missing": listed, "run": run, "report": report}


def main() -> None:
    """Runs a command."""
    name = arguments.command(__doc__, [*COMMANDS])
    COMMANDS[name](arguments.parse_training(__doc__, "table2", results=COMMITTED / "table2.csv", jobs=1, most=60))


if __name__ == "__main__":
    main()
