"""Damaged files and hostile texts for every reader of the package.

    python -m tests.hardening.fuzz --cases 100000
    python -m tests.hardening.fuzz --case csv:417

A case ends in a right result, or in an error of ours that names the file or the argument, and a remedy. It takes at
most 1 GB and 5 seconds. All else is a finding, whose seed repeats it.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "fuzz.csv"
SLICE = 500
MAX_SECONDS = 540  # of a part


def plan(cases: int, parts: Sequence[str] = ()) -> dict[str, int]:
    """Number of cases of each part, in proportion to their shares.

    Args:
        cases: Number of cases over all parts.
        parts: Names of the parts. (default: all)
    """
    from .part import PARTS

    share = {name: part.share for name, part in PARTS.items() if not parts or name in parts}
    total = sum(share.values())
    return {name: max(1, round(cases * part / total)) for name, part in share.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the script, and returns the number of findings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=3000, help="number of cases over all parts")
    parser.add_argument("--part", action="append", default=[], help="only this part; may be repeated")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first case")
    parser.add_argument("--case", metavar="PART:SEED", help="repeat one case in this process, with its traceback")
    parser.add_argument("--results", type=Path, help=f"CSV file to write, such as {RESULTS}")
    given = parser.parse_args(arguments)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch

    torch.set_num_threads(1)  # a process that was forked has no other threads
    if given.case:
        return _repeat(given.case)
    found = 0
    for name, count in plan(given.cases, given.part).items():
        found += _run_part(name, count, given.seed, given.results)
    return min(found, 1)


def _run_part(name: str, count: int, first: int, results: Path | None) -> int:
    from benchmarks.results import replace
    from irllrec_pyg.data import versions

    from .worker import Tally, run_cases

    started, total, done = time.monotonic(), Tally(), 0
    for start in range(first, first + count, SLICE):
        seeds = range(start, min(start + SLICE, first + count))
        tally, done = run_cases(name, seeds), done + len(seeds)
        total.right, total.refused = total.right + tally.right, total.refused + tally.refused
        total.findings += tally.findings
        total.peak = max(total.peak, tally.peak)
        for seed, words in tally.findings:
            print(f"{name}:{seed}\t{words}", flush=True)
        row = {"part": name, "cases": done, "right": total.right, "refused": total.refused}
        row |= {"findings": len(total.findings), "seconds": f"{time.monotonic() - started:.1f}"}
        row |= {"peak_mb": total.peak >> 20, "seed": first}
        if results is not None:  # after each slice, so that a run that is stopped keeps its figures
            libraries = " ".join(f"{library}={version}" for library, version in versions().items())
            replace([{**row, "versions": libraries}], results, ["part"])
        if time.monotonic() - started > MAX_SECONDS:
            break
    print(*(f"{key}={value}" for key, value in row.items()), flush=True)
    return len(total.findings)


def _repeat(case: str) -> int:
    import tempfile

    from .judge import outcome
    from .part import PARTS
    from .worker import generator

    name, _, seed = case.partition(":")
    with tempfile.TemporaryDirectory() as root:
        for folder in ("valid", "case"):
            (Path(root) / folder).mkdir()
        part = PARTS[name](Path(root) / "valid")
        print(outcome(part.case(generator(name, int(seed)), Path(root) / "case")))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
