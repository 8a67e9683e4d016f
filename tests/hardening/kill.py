"""Kills jobs that write to a folder at random moments, goes on, and compares the end with an undisturbed run.

python -m tests.hardening.kill --kills 200

The results are, for each job, how many files of killed runs are left at the end, and whether the end is the same. No
folder is touched by hand between a kill and the next run.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import arguments, results

from . import children
from .jobs import JOBS, Job, names, shares

PER_ROUND = 5  # kills of a job before it is let to its end


def kill(job: Job, kills: int, folder: Path, rng: random.Random) -> dict[str, Any]:
    """Kills a job so many times, and returns what came of it."""
    said, start = folder / "said", folder / "start"
    start.mkdir(parents=True)
    job.prepare(start)
    whole = Path(shutil.copytree(start, folder / "whole"))
    job.work(whole)  # in this process, so that all is imported before another one is forked
    expected, files = job.result(whole), set(names(whole))
    seconds = children.run(partial(job.work, Path(shutil.copytree(start, folder / "timed"))), said)
    killed = rounds = orphans = equal = 0
    while killed < kills:
        own = Path(shutil.copytree(start, folder / f"round {rounds}"))
        here = 0
        for _ in range(2 * PER_ROUND):
            if here < PER_ROUND and killed < kills:
                met = children.kill(partial(job.work, own), said, rng.uniform(0, seconds))
                killed, here = killed + met, here + met
        children.run(partial(job.work, own), said)
        rounds += 1
        orphans += len(set(names(own)) - files)
        equal += job.result(own) == expected
        shutil.rmtree(own)
    return {"kills": killed, "rounds": rounds, "orphans": orphans, "equal": equal == rounds}


def kill_all(kills: dict[str, int], seed: int) -> list[dict[str, Any]]:
    """Kills several jobs, each so many times."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for job, count in kills.items():
            found = kill(JOBS[job], count, Path(name, job), random.Random(f"{seed} {job}"))
            rows.append({"job": job, **found, "seed": seed, "versions": results.about()["versions"]})
            print(rows[-1], file=sys.stderr, flush=True)
    return rows


def main() -> None:
    """Kills all jobs, and writes the results."""
    args = arguments.parse(__doc__, "kills", kills=200, seed=0)
    rows = kill_all(shares(args.kills), args.seed)
    print(results.replace(rows, args.results, ["job"]).to_string())
    if any(row["orphans"] or not row["equal"] for row in rows):
        raise SystemExit("a killed run left files, or ended with another result")


if __name__ == "__main__":
    main()
