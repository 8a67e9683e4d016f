"""Interrupts a search at random moments, by SIGKILL and by SIGINT, and compares it with an undisturbed one.

python -m benchmarks.interrupted_fit --interruptions 5 --trials 6

The results are whether the choice is the same after the last resume, and how many finished trials were repeated.
"""

import json
import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path

import torch

import irllrec_pyg
from irllrec_pyg.testing import tiny_data

from . import arguments, results


def work(folder: Path, trials: int) -> None:
    """One call of ``fit``; its choice goes into a file, and each trained model into a log."""

    def say(line: str) -> None:
        with (folder / "log").open("a") as stream:
            stream.write(line + "\n")

    data = tiny_data(num_users=120, num_items=90)
    ranker = irllrec_pyg.fit(data, f"{trials} trials", folder=folder, metric="ndcg@10", progress=say, controls=False)
    report = ranker.report
    if sum(part.epochs > 0 for part in report.tried) == trials:  # after a SIGINT there are fewer
        choice = {"weights": report.weights, "tried": [part.recipe for part in report.tried]}
        (folder / "choice.json").write_text(json.dumps({**choice, "validation": report.validation}))


def run(folder: Path, trials: int, signals: list[int], seconds: float, rng: random.Random) -> int:
    """Calls, interrupts and calls again; returns the number of interruptions that met a running search."""
    fork, met = multiprocessing.get_context("fork"), 0
    folder.mkdir()
    while not (folder / "choice.json").is_file():
        child = fork.Process(target=work, args=(folder, trials))
        child.start()
        if signals:
            child.join(rng.uniform(0.05, 0.9) * seconds / (1 + len(signals)) + 0.5)
            if child.is_alive():
                os.kill(child.pid, signals.pop())
                met += 1
        child.join()
    return met


def main() -> None:
    """Runs, interrupts, resumes, compares."""
    args = arguments.parse(__doc__, "interrupted_fit", interruptions=5, trials=6, seed=0)
    torch.set_num_threads(1)  # before the processes are forked
    rows, rng = [], random.Random(args.seed)
    with tempfile.TemporaryDirectory() as name:
        started = time.perf_counter()
        run(Path(name, "undisturbed"), args.trials, [], 0.0, rng)
        seconds, expected = time.perf_counter() - started, Path(name, "undisturbed", "choice.json").read_text()
        for kind in (signal.SIGKILL, signal.SIGINT):
            folder = Path(name, kind.name)
            met = run(folder, args.trials, [kind] * args.interruptions, seconds, rng)
            lines = [line.partition(":")[0] for line in (folder / "log").read_text().splitlines() if "best" in line]
            repeated = sum(count - 1 for line, count in Counter(lines).items() if "(" in line)
            same = (folder / "choice.json").read_text() == expected
            row = {"signal": kind.name, "interruptions": met, "trials": args.trials, "same_choice": same}
            rows.append({**row, "repeated": repeated, "seed": args.seed, **results.about()})
    print(results.replace(rows, args.results, ["signal"]).to_string())
    if not all(row["same_choice"] and not row["repeated"] for row in rows):
        raise SystemExit("the searches differ")


if __name__ == "__main__":
    main()
