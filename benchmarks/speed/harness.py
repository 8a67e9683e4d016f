"""Measurement of time and memory, each in a process of its own.

On a CPU, memory is that of the process. On an accelerator it is that of its allocator, and times are those between two
events of the device.
"""

import ctypes
import gc
import itertools
import multiprocessing
import os
import timeit
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch_geometric

from irllrec_pyg.models import Batch
from irllrec_pyg.training import TripletSampler

from ..results import device_name

Call = Callable[[], Any]


@dataclass
class Case:
    """Variants of one computation: what builds the call of each, the share of the computation that a call runs, whether
    the results must agree, and the largest number of rounds."""

    make: dict[str, Callable[[], Call]]
    share: dict[str, float] = field(default_factory=dict)
    same: bool = False
    rounds: int = 1000


@dataclass
class Meter:
    """Times and memory on a device."""

    device: torch.device

    def seconds(self, call: Call) -> float:
        """Time of a call, with garbage collection."""
        if self.device.type == "cpu":
            return times(call, 1)[0]
        start, end = (torch.Event(self.device, enable_timing=True) for _ in range(2))
        start.record()
        call()
        end.record()
        end.synchronize()
        return start.elapsed_time(end) / 1e3

    def reset_peak(self) -> int:
        """Begins to look for the peak of memory, and returns the memory in use, in bytes."""
        if self.device.type == "cpu":
            return reset_peak()
        torch.accelerator.reset_peak_memory_stats(self.device)
        return torch.accelerator.memory_allocated(self.device)

    def peak_above(self, before: int) -> float:
        """Peak of memory since then above a number of bytes, in MB."""
        if self.device.type == "cpu":
            return peak_above(before)
        return round((torch.accelerator.max_memory_allocated(self.device) - before) / 2**20, 1)


class FirstBatches(list[Batch]):
    """The first batches of a sampler, drawn in advance: every epoch consists of them."""

    def __init__(self, sampler: TripletSampler, steps: int) -> None:
        super().__init__(itertools.islice(sampler.epoch(1), steps))

    def epoch(self, epoch: int) -> list[Batch]:
        """The same batches in every epoch."""
        return self


def measure(name: str, case: Case, rounds: int, device: torch.device) -> list[dict[str, Any]]:
    """One row per variant of a case. Variants run in turn, so that other load on the machine affects all of them."""
    meter = Meter(device)
    calls, peak, results, seconds = {}, {}, {}, {variant: [] for variant in case.make}
    for variant, make in case.make.items():
        make()()  # libraries initialize themselves once per process, which is no cost of a variant
        before = meter.reset_peak()
        calls[variant] = make()
        results[variant] = calls[variant]()
        peak[variant] = meter.peak_above(before)
    for variant, result in results.items() if case.same else ():
        torch.testing.assert_close(result, results["ours"], rtol=1e-3, atol=1e-5, msg=f"{name}: {variant} differs")
    for _, (variant, call) in itertools.product(range(min(rounds, case.rounds)), calls.items()):
        seconds[variant].append(meter.seconds(call))
    versions = {
        "torch": torch.__version__,
        "pyg": torch_geometric.__version__,
        "device": device_name(device),
        "seed": 0,
    }
    rows = []
    for variant, taken in seconds.items():
        share = case.share.get(variant, 1.0)
        spread = {f"p{p}_ms": round(1e3 * float(np.percentile(taken, p)) / share, 3) for p in (20, 50, 80)}
        row = {"case": name, "variant": variant, **spread, "peak_mb": peak[variant], "threads": torch.get_num_threads()}
        rows.append({**row, **versions, "measured": f"{len(taken)} x {share:.3g}"})
    return rows


def reset_peak() -> int:
    """Returns freed memory to the system, resets the process's peak, and returns the memory in use, in bytes."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def peak_above(before: int) -> float:
    """Peak of the process's memory since :func:`reset_peak` above a number of bytes, in MB."""
    return round((_memory("VmHWM") - before) / 2**20, 1)


def _memory(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))


def times(call: Call, rounds: int) -> list[float]:
    """Seconds of each of some calls, with garbage collection."""
    return timeit.repeat(call, "gc.enable()", number=1, repeat=rounds)


def alone(function: Callable[..., Any], args: tuple[Any, ...], threads: int) -> Any:
    """Result of a function in a process of its own, whose memory nothing else has used."""
    # Set before the process starts, because some libraries read it only then.
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(threads)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, torch.set_num_threads, (threads,)) as pool:
        return pool.submit(function, *args).result()
