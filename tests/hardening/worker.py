"""Cases in a process of their own, with bounded time and memory."""

from __future__ import annotations

import mmap
import os
import random
import resource
import shutil
import signal
import tempfile
import time
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from .judge import Finding, outcome
from .part import PARTS, Part

#: Seconds of computing that a case may take, and bytes that it may add to the memory.
MAX_SECONDS, MAX_MEMORY = 5.0, 1 << 30
_MUCH = int(0.9 * MAX_MEMORY)
_HUNG = 60.0  # seconds after which a process is ended that no alarm reaches


class TooSlow(BaseException):
    """A case took too long. It is no Exception, so that no code under test takes it for one of its own."""


@dataclass
class Tally:
    """Outcomes of cases.

    Args:
        right: Number of right results.
        refused: Number of errors that help.
        findings: Seed and description of everything else.
        peak: Largest memory beyond that of an idle process, in bytes.
    """

    right: int = 0
    refused: int = 0
    findings: list[tuple[int, str]] = field(default_factory=list)
    peak: int = 0


def run_cases(name: str, seeds: Sequence[int]) -> Tally:
    """Runs the cases of some seeds.

    A process that dies or hangs is a finding of the case in which it did, and the next case runs in a new process.

    Args:
        name: Name of the part.
        seeds: Their seeds.
    """
    tally, left = Tally(), [*seeds]
    with tempfile.TemporaryDirectory(prefix="fuzz-") as root:
        (Path(root) / "valid").mkdir()
        part = PARTS[name](Path(root) / "valid")
        pa.array(["reserves the addresses of Arrow's pool, which a process inherits"] * 100)
        while left:
            state = mmap.mmap(-1, 64)  # shared: number of the case, right, refused, and bytes
            report = Path(root) / "findings"
            report.write_text("")
            ending = _run_apart(part, name, left, Path(root), state)
            done, right, refused, peak = (int.from_bytes(state[8 * at : 8 * at + 8], "little") for at in range(4))
            tally.right, tally.refused, tally.peak = tally.right + right, tally.refused + refused, max(tally.peak, peak)
            for line in report.read_text(encoding="utf-8").splitlines():
                seed, _, words = line.partition("\t")
                tally.findings.append((int(seed), words))
            if ending:
                tally.findings.append((left[done], ending))
                done += 1
            left = left[done:]
    return tally


def _run_apart(part: Part, name: str, seeds: Sequence[int], root: Path, state: mmap.mmap) -> str:
    """Runs cases in a forked process, and returns how it died; nothing where it came to its end."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            _run_here(part, name, seeds, root, state)
            code = 0
        except BaseException:
            (root / "crash").write_text(" ".join(traceback.format_exc().split())[-600:], encoding="utf-8")
        finally:
            os._exit(code)
    moment, done = time.monotonic(), -1
    pause = 0.001
    while True:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            crash = root / "crash"
            words = crash.read_text(encoding="utf-8") if crash.is_file() else ""
            return f"the process ended with {code} {words}" if code else ""
        now = int.from_bytes(state[:8], "little")
        if now != done:
            moment, done = time.monotonic(), now
        elif time.monotonic() - moment > _HUNG:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            return f"no alarm reached it in {_HUNG:.0f} s"
        time.sleep(pause)
        pause = min(0.05, 2 * pause)


def _run_here(part: Part, name: str, seeds: Sequence[int], root: Path, state: mmap.mmap) -> None:
    warnings.simplefilter("ignore")
    sink = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(sink, stream)
    start = _memory("VmRSS")
    resource.setrlimit(resource.RLIMIT_AS, (_memory("VmSize") + MAX_MEMORY,) * 2)
    signal.signal(signal.SIGPROF, _alarm)
    counts = [0, 0, 0, 0]  # done, right, refused, peak
    with (root / "findings").open("a", encoding="utf-8") as report:
        for seed in seeds:
            folder = root / "case"
            shutil.rmtree(folder, ignore_errors=True)  # of a process that died
            folder.mkdir()
            found, words = _run_case(part, name, seed, folder)
            before, peak = counts[3], max(0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - start)
            if not words and before < _MUCH < peak:  # a reader may take the lack of memory for a bad record
                found, words = "", f"{peak >> 20} MB"
            if words:
                report.write(f"{seed}\t{' '.join(words.split())}\n")
                report.flush()
            counts[1] += found == "right"
            counts[2] += found == "refused"
            counts[3] = peak
            counts[0] += 1
            state[:32] = b"".join(count.to_bytes(8, "little") for count in counts)


def _run_case(part: Part, name: str, seed: int, folder: Path) -> tuple[str, str]:
    """The outcome of a case, and what is wrong with it."""
    case = part.case(generator(name, seed), folder)
    signal.setitimer(signal.ITIMER_PROF, MAX_SECONDS)
    try:
        return outcome(case), ""
    except Finding as finding:
        return "", str(finding)
    except TooSlow as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return "", f"more than {MAX_SECONDS:.0f} s, at {place.filename}:{place.lineno}"
    except MemoryError:
        return "", f"more than {MAX_MEMORY >> 20} MB"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def generator(name: str, seed: int) -> random.Random:
    """The generator of a case, so that it can be repeated by the name of its part and its seed."""
    return random.Random(f"{name}:{seed}")


def _alarm(*_: Any) -> None:
    raise TooSlow


def _memory(what: str) -> int:
    """Bytes of memory of this process, as Linux counts them."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"there is no {what} in /proc/self/status")
