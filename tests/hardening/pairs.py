"""Runs jobs that write to a folder twice at once, and compares the end with one run alone.

python -m tests.hardening.pairs --pairs 50

The two runs have other settings in every second pair. One of them has to work. The other one works too, after it, or
says in one sentence why not. What is in the folder at the end is that of one run alone.
"""

from __future__ import annotations

import random
import re
import shutil
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import arguments, results

from . import children
from .jobs import JOBS, Job, names, shares

#: What the run that does not work may say: who works on the folder, or what is there already.
REASONS = re.compile(
    r"RuntimeError: another process writes to '.+' \(process \d+ on .+, since .+\); wait until it ends, or stop it"
    r"|FileExistsError: '.+' holds a corpus already; .+"
    r"|ValueError: '.+' belongs to another run \(lr was .+\); .+"
    r"|ValueError: '.+' was built with k \d; .+"
)


def alone(job: Job, start: Path, folder: Path) -> list[Any]:
    """The results of one run alone, with both settings, and the files that it leaves."""
    found = []
    for other in (False, True):
        own = Path(shutil.copytree(start, folder / f"alone {other}"))
        job.work(own, other)
        found.append(job.result(own))
    return found


def pair(job: Job, folder: Path, other: bool, delay: float) -> list[str]:
    """Runs a job twice at once, and returns what each of them said."""
    said = [folder.with_name(f"{folder.name} {number}.txt") for number in range(2)]
    first = children.start(partial(job.work, folder), said[0])
    time.sleep(delay)
    second = children.start(partial(job.work, folder, other), said[1])
    for child in (first, second):
        child.join()
    return [file.read_text(encoding="utf-8") if file.is_file() else "" for file in said]


def run_pairs(job: Job, pairs: int, folder: Path, rng: random.Random) -> dict[str, Any]:
    """Runs a job so many times in pairs, and returns what came of it."""
    start = folder / "start"
    start.mkdir(parents=True)
    job.prepare(start)
    expected = alone(job, start, folder)
    counts = dict.fromkeys(("both_worked", "one_refused", "failed", "left"), 0)
    equal = 0
    for number in range(pairs):
        own = Path(shutil.copytree(start, folder / f"pair {number}"))
        said = pair(job, own, other=number % 2 == 1, delay=rng.uniform(0, 0.05))
        refused = [text for text in said if text]
        clear = all(REASONS.fullmatch(text) for text in refused)
        counts[("both_worked", "one_refused", "failed")[len(refused) if clear else 2]] += 1
        if not clear:
            print(*refused, sep="\n", file=sys.stderr)
        counts["left"] += sum(".part" in name or name.endswith(".lock") for name in names(own))
        equal += job.result(own) in expected
        shutil.rmtree(own)
    return {"pairs": pairs, **counts, "equal": equal == pairs}


def run_all(pairs: dict[str, int], seed: int) -> list[dict[str, Any]]:
    """Runs several jobs, each so many times in pairs."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for job, count in pairs.items():
            found = run_pairs(JOBS[job], count, Path(name, job), random.Random(f"{seed} {job}"))
            rows.append({"job": job, **found, "seed": seed, "versions": results.about()["versions"]})
            print(rows[-1], file=sys.stderr, flush=True)
    return rows


def main() -> None:
    """Runs all jobs in pairs, and writes the results."""
    args = arguments.parse(__doc__, "pairs", pairs=50, seed=0)
    rows = run_all(shares(args.pairs), args.seed)
    print(results.replace(rows, args.results, ["job"]).to_string())
    if any(row["failed"] or row["left"] or not row["equal"] for row in rows):
        raise SystemExit("two runs at once disturbed each other")


if __name__ == "__main__":
    main()
