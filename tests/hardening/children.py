"""Processes that are forked after the imports, so that a run costs no more than its work."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

fork = multiprocessing.get_context("fork")


def start(work: Callable[[], None], said: Path) -> BaseProcess:
    """Starts a process that writes what it raises, or nothing, into a file."""
    child = fork.Process(target=_run, args=(work, said))
    child.start()
    return child


def run(work: Callable[[], None], said: Path) -> float:
    """Runs a process to its end, and returns its seconds.

    Raises:
        RuntimeError: It failed.
    """
    started = time.perf_counter()
    child = start(work, said)
    child.join()
    if child.exitcode:
        raise RuntimeError(said.read_text(encoding="utf-8"))
    return time.perf_counter() - started


def kill(work: Callable[[], None], said: Path, seconds: float) -> bool:
    """Starts a process, kills it after some seconds, and returns whether it was still running.

    Raises:
        RuntimeError: It failed before it was killed.
    """
    child = start(work, said)
    child.join(seconds)
    if child.is_alive():
        os.kill(child.pid or 0, signal.SIGKILL)
    child.join()
    if child.exitcode and child.exitcode != -signal.SIGKILL:
        raise RuntimeError(said.read_text(encoding="utf-8"))
    return child.exitcode == -signal.SIGKILL


def _run(work: Callable[[], None], said: Path) -> None:
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - it is no file of ours
        sys.stdout = sys.stderr = nowhere
        try:
            work()
        except BaseException as error:
            said.write_text(f"{type(error).__name__}: {error}", encoding="utf-8")
            os._exit(1)
