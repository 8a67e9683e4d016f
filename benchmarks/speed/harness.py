"""Measurement of time and memory, each in a process of its own."""

from __future__ import annotations

import ctypes
import gc
import itertools
import multiprocessing
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch_geometric

from irllrec_pyg.models import Batch
from irllrec_pyg.training import TripletSampler

Call = Callable[[], Any]


@dataclass
class Case:
    """Variants of one computation.

    Args:
        make: Builds each variant into the call that is timed.
        share: Share of the computation that a call of a variant runs. (default: all of it)
        same: Whether the results of the calls must agree. (default: ``False``)
        rounds: Largest number of rounds. (default: no limit)
    """

    make: dict[str, Callable[[], Call]]
    share: dict[str, float] = field(default_factory=dict)
    same: bool = False
    rounds: int = 1000


class FirstBatches:
    """The first batches of a sampler's first epoch, drawn in advance, in place of the sampler."""

    def __init__(self, sampler: TripletSampler, steps: int) -> None:
        self.batches = list(itertools.islice(sampler.epoch(1), steps))

    def __len__(self) -> int:
        return len(self.batches)

    def epoch(self, epoch: int) -> list[Batch]:
        """The same batches in every epoch."""
        return self.batches


def measure(name: str, case: Case, rounds: int) -> list[dict[str, Any]]:
    """One row per variant of a case. Variants run in turn, so that other load on the machine affects all of them."""
    calls: dict[str, Call] = {}
    peak, results, seconds = {}, {}, {variant: [] for variant in case.make}
    for variant, make in case.make.items():
        make()()  # libraries initialize themselves once per process, which is no cost of a variant
        before = reset_peak()
        calls[variant] = make()
        results[variant] = calls[variant]()
        peak[variant] = memory("VmHWM") - before
    for variant, result in results.items() if case.same else ():
        torch.testing.assert_close(result, results["ours"], rtol=1e-3, atol=1e-5, msg=f"{name}: {variant} differs")
    for _, (variant, call) in itertools.product(range(min(rounds, case.rounds)), calls.items()):
        seconds[variant] += times(call, 1)
    versions = {"torch": torch.__version__, "pyg": torch_geometric.__version__, "device": "cpu", "seed": 0}
    rows = []
    for variant, taken in seconds.items():
        share, ordered, last = case.share.get(variant, 1.0), sorted(taken), len(taken) - 1
        spread = {20: ordered[round(0.2 * last)], 50: statistics.median(ordered), 80: ordered[round(0.8 * last)]}
        row = {"case": name, "variant": variant}
        row |= {f"p{percent}_ms": round(1e3 * value / share, 3) for percent, value in spread.items()}
        row |= {"peak_mb": round(peak[variant] / 2**20, 1), "threads": torch.get_num_threads(), **versions}
        rows.append({**row, "measured": f"{len(taken)} x {share:.3g}"})
    return rows


def reset_peak() -> int:
    """Returns freed memory to the system, resets the process's peak, and returns the memory in use, in bytes."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")


def memory(field: str) -> int:
    """A field of the process's status, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))


def times(call: Call, rounds: int) -> list[float]:
    """Seconds of each of some calls."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return taken


def alone(function: Callable[..., Any], args: tuple[Any, ...], threads: int) -> Any:
    """Result of a function in a process of its own, whose memory nothing else has used."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    child = context.Process(target=_child, args=(function, args, threads, queue))
    child.start()
    while child.is_alive() and queue.empty():
        child.join(0.2)
    if child.exitcode:
        raise SystemExit(f"{function.__name__}{args} failed, see above")
    found = queue.get()
    child.join()
    return found


def _child(function: Callable[..., Any], args: tuple[Any, ...], threads: int, queue: Any) -> None:
    torch.set_num_threads(threads)
    queue.put(function(*args))
