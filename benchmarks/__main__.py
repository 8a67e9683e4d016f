"""The committed results as a whole.

python -m benchmarks missing                      lists the runs of the plan that the results lack, and their time
python -m benchmarks run --root DIR               trains them, those first that say most
python -m benchmarks report                       draws every picture and writes every table anew

The plan is ``plan.toml``, or --plan FILE. DIR holds a folder for each dataset. ``run`` uses a thread for each of --jobs
processes, begins nothing after --minutes, and continues what was interrupted.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from . import (
    arguments,
    by_default,
    families,
    figures,
    headline,
    hours,
    new_item_forms,
    plan,
    processes,
    results,
    scale_page,
    scaling,
    table2,
    ten_million,
)
from .speed import __main__ as speed

ROOT = Path(__file__).parents[1]
COMMITTED = ROOT / "benchmarks" / "results"
PAGES: list[tuple[str, Callable[[Path, Path], None]]] = [  # and what writes their tables
    ("docs/results.md", table2.write),
    ("docs/results.md", by_default.write),
    ("README.md", headline.write),
    ("docs/howto/reproduce.md", hours.write),
    ("docs/speed.md", speed.write),
    ("docs/scale.md", scale_page.write),
    ("docs/howto/intents.md", families.write),
    ("docs/howto/new_users.md", new_item_forms.write),
    ("docs/howto/large_graphs.md", ten_million.write),
    ("docs/howto/training.md", processes.write),
]
PICTURES: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "table2": lambda frame, file: table2.draw(table2.summarize(frame), file),
    "by_default": by_default.draw,
    "scaling": scaling.draw,
}


def report(args: argparse.Namespace) -> None:
    """Draws and writes what the committed CSV files hold."""
    for page, write in PAGES:
        write(COMMITTED, ROOT / page)
    for name in figures.FIGURES:
        if name != "density":  # it is drawn from the data
            figures.draw(name, ["--results", str(COMMITTED / f"{name}.csv")])
    headline.draw(COMMITTED, COMMITTED / "headline.png")
    for name, draw in PICTURES.items():
        draw(results.read(COMMITTED / f"{name}.csv"), COMMITTED / f"{name}.png")


COMMANDS = {"missing": plan.show, "run": plan.run, "report": report}


def main() -> None:
    """Runs a command."""
    name = arguments.command(__doc__, [*COMMANDS])
    own = {"results": COMMITTED / "table2.csv", "plan": plan.PLAN, "jobs": 1, "minutes": 60}
    COMMANDS[name](arguments.parse_training(__doc__, "table2", **own))


if __name__ == "__main__":
    main()
