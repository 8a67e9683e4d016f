"""The tests of a part, run on mutants in forked processes.

A mutant of a function's body replaces the code of that function in a process that has imported everything and collected
the tests. All other mutants, and those that survive, are run in a process that imports the mutated module afresh.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
import torch

from .children import fork
from .mutation import Mutant

_OPTIONS = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov")
_OURS = ("irllrec_pyg", "tests", "benchmarks", "conftest", "__m")
_SECONDS = 20  # of the processor; slow tests have more
_MEMORY = 4 << 30


def in_child(work: Callable[[], int], seconds: float | None = None) -> int:
    """Runs a function in a process without output, ends it after some seconds, and returns its exit code."""

    def run() -> None:
        os.setsid()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os._exit(work())

    child = fork.Process(target=run)
    child.start()
    child.join(seconds)
    with suppress(ProcessLookupError):
        os.killpg(child.pid or 0, signal.SIGKILL)
    child.join()
    return child.exitcode or 0


class Trial:
    """The tests of a part, and the lines that each of them runs.

    Args:
        folder: Folder of the modules to mutate.
        tests: Folders of the tests, and files.
    """

    def __init__(self, folder: Path, tests: Sequence[str]) -> None:
        self.folder, self.tests = folder, tests
        self.seconds: dict[str, float] = {}
        self.lines: dict[str, dict[str, list[str]]] = {}

    def run(self, mutants: Sequence[Mutant], scratch: Path) -> Iterator[tuple[Mutant, bool]]:
        """Yields each mutant, and whether a test fails on it or it comes to no end.

        Args:
            mutants: The mutants.
            scratch: A folder for what the processes find.

        Raises:
            RuntimeError: The package has been imported, so that no mutant would be; or tests fail without a mutant.
        """
        if any(name.startswith("irllrec_pyg.") for name in sys.modules):
            raise RuntimeError("the package has been imported in this process; start a new one")
        torch.set_num_threads(1)  # a process that was forked has no other threads
        found = scratch / "found.json"
        in_child(lambda: int(pytest.main([*_OPTIONS, *self.tests], [_Collected(self, mutants, found)])))
        if not found.is_file():
            raise RuntimeError(f"tests fail without a mutant; run pytest {' '.join(self.tests)}")
        self.seconds, self.lines, modules, killed = json.loads(found.read_text(encoding="utf-8"))
        for module in modules:
            with suppress(Exception):  # what cannot be imported ahead is imported by the tests
                import_module(module)
        for number, mutant in enumerate(mutants):
            yield mutant, number in killed or self._is_killed_afresh(mutant)

    def select(self, mutant: Mutant) -> list[str]:
        """Tests that run the mutated statement, quick ones first; all of them where none is known to."""
        lines = self.lines.get(mutant.file, {})
        tests = {test for line in range(mutant.lines[0], mutant.lines[1] + 1) for test in lines.get(str(line), [])}
        return sorted(tests & set(self.seconds) or self.seconds, key=self.seconds.__getitem__)

    def limit(self, tests: Sequence[str]) -> float:
        """Seconds of the processor for these tests."""
        return _SECONDS + 4 * sum(self.seconds[test] for test in tests)

    def _is_killed_afresh(self, mutant: Mutant) -> bool:
        tests = self.select(mutant)
        # pytest would load a module that is named itself by a loader of its own, so modules are named by their folder.
        files = (test.partition("::")[0] for test in tests)
        paths = dict.fromkeys(file if file.startswith("tests/") else str(self.folder) for file in files)

        def work() -> int:
            _set_limits(self.limit(tests))
            _import_instead(Path.cwd() / mutant.file, mutant.source)
            return int(pytest.main([*_OPTIONS, *paths], [_Chosen(tests)]))

        return in_child(work, 10 * self.limit(tests)) not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


class _Collected:
    """Runs collected tests once as they are, and then on mutants, each time in a process of its own."""

    def __init__(self, trial: Trial, mutants: Sequence[Mutant], found: Path) -> None:
        self.trial, self.mutants, self.found = trial, mutants, found

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        if session.testsfailed or in_child(lambda: _measure(session, self.trial.folder, self.found)):
            self.found.unlink(missing_ok=True)
            return True
        self.trial.seconds, self.trial.lines = json.loads(self.found.read_text(encoding="utf-8"))
        killed = [number for number, mutant in enumerate(self.mutants) if mutant.inside and self._kills(mutant, items)]
        modules = [name for name in sys.modules if not name.startswith(_OURS)]
        text = json.dumps([self.trial.seconds, self.trial.lines, modules, killed])
        self.found.write_text(text, encoding="utf-8")
        return True

    def _kills(self, mutant: Mutant, items: dict[str, pytest.Item]) -> bool:
        tests = self.trial.select(mutant)

        def work() -> int:
            try:
                _replace_code(Path.cwd() / mutant.file, mutant.source)
            except (KeyError, ValueError):  # other functions, or other variables of outer functions
                return 0
            _set_limits(self.trial.limit(tests))
            return _run([items[test] for test in tests])

        return in_child(work, 10 * self.trial.limit(tests)) != 0


class _Chosen:
    """Runs the chosen tests alone, in their order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.place = {test: number for number, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self.place]
        items[:] = sorted(chosen, key=lambda item: self.place[item.nodeid])


def _run(items: Sequence[pytest.Item]) -> int:
    """Runs tests up to the first that fails, and returns whether one did."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if item.session.testsfailed:
            return 1
    return 0


def _measure(session: pytest.Session, folder: Path, found: Path) -> int:
    """Writes the seconds of each test and the lines that it runs, and returns whether one fails."""
    from coverage import Coverage

    coverage, seconds = Coverage(data_file=None, source=[str(folder)], config_file=False), {}
    coverage.start()
    for item in session.items:
        coverage.switch_context(item.nodeid)
        started = time.process_time()
        if _run([item]):
            return 1
        seconds[item.nodeid] = time.process_time() - started
    coverage.stop()
    data = coverage.get_data()
    files = {Path(file).relative_to(Path.cwd()).as_posix(): file for file in data.measured_files()}
    lines = {name: data.contexts_by_lineno(file) for name, file in files.items()}
    found.write_text(json.dumps([seconds, lines]), encoding="utf-8")
    return 0


def _replace_code(file: Path, source: str) -> None:
    """Gives the functions of a file the code that they have in another source, in the same lines."""
    codes: dict[tuple[str, int], CodeType] = {}
    waiting = [compile(source, file, "exec")]
    while waiting:
        inner = [constant for constant in waiting.pop().co_consts if isinstance(constant, CodeType)]
        for code in inner:
            if codes.setdefault((code.co_name, code.co_firstlineno), code) is not code and code.co_name == "<lambda>":
                raise ValueError("two functions begin in one line")
        waiting += inner
    for function in gc.get_objects():
        if type(function) is FunctionType and function.__code__.co_filename == str(file):
            function.__code__ = codes[function.__code__.co_name, function.__code__.co_firstlineno]


def _import_instead(file: Path, source: str) -> None:
    """Imports another source in place of a file."""
    original = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> Any:
        return compile(source, file, "exec") if Path(loader.path) == file else original(loader, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]


def _set_limits(seconds: float) -> None:
    """Ends this process after some more seconds of the processor, and refuses more memory than a mutant may take."""
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds), resource.RLIM_INFINITY))
    size = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + _MEMORY, resource.RLIM_INFINITY))
