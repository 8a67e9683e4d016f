"""The tests of a part, run on mutants in processes that are forked after the imports."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest
import torch

from .children import fork
from .mutation import Mutant

_OPTIONS = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist")
_OURS = ("irllrec_pyg", "tests", "benchmarks", "conftest", "__m")
_SECONDS = 20  # what any mutant is given; slow tests have more
_MEMORY = 4 << 30
_NO_TESTS = 5  # exit code of pytest


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
    """The tests of a part, with the lines that each of them runs.

    Args:
        folder: Folder of the modules to mutate.
        tests: Folders and files of the tests.
        root: Folder of the repository.
        scratch: A folder for the messages of the processes.

    Raises:
        RuntimeError: The package has been imported, so that no mutant would be; or the tests fail without a mutant.
    """

    def __init__(self, folder: Path, tests: Sequence[str], root: Path, scratch: Path) -> None:
        self.folder, self.root, found = folder, root, scratch / "tests.json"
        if any(name.startswith("irllrec_pyg.") for name in sys.modules):
            raise RuntimeError("the package has been imported in this process; start a new one")
        torch.set_num_threads(1)  # a process that was forked has no other threads
        if in_child(lambda: _measure(folder, tests, found)):
            raise RuntimeError(f"tests of '{folder}' fail without a mutant; run pytest {' '.join(tests)}")
        measured = json.loads(found.read_text(encoding="utf-8"))
        self.seconds: dict[str, float] = measured["seconds"]
        self.lines: dict[str, dict[str, list[str]]] = measured["lines"]
        for module in measured["modules"]:
            with suppress(Exception):  # what cannot be imported ahead is imported by the tests
                import_module(module)

    def select(self, mutant: Mutant) -> list[str]:
        """Tests that run the mutated statement, quick ones first; all of them where it runs outside of tests."""
        lines = self.lines.get(mutant.file, {})
        first, last = mutant.lines
        tests = {test for line in range(first, last + 1) for test in lines.get(str(line), [""])}
        chosen = self.seconds if "" in tests else tests & set(self.seconds)
        return sorted(chosen, key=self.seconds.__getitem__)

    def kills(self, mutant: Mutant) -> bool:
        """Whether a test fails on a mutant, or it comes to no end."""
        tests = self.select(mutant)
        limit = _SECONDS + 4 * sum(self.seconds[test] for test in tests)
        return in_child(lambda: _test(self.root / mutant.file, mutant.source, tests, limit), 10 * limit) not in (
            0,
            _NO_TESTS,
        )


class _Chosen:
    """Runs the chosen tests alone, in their order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.place = {test: number for number, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self.place), key=lambda item: self.place[item.nodeid]
        )


class _Measured:
    """Notes the seconds of each test, and names it to coverage."""

    def __init__(self, coverage: Any) -> None:
        self.coverage, self.seconds = coverage, dict[str, float]()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        self.coverage.switch_context(item.nodeid)
        started = time.process_time()
        result = yield
        self.seconds[item.nodeid] = time.process_time() - started
        self.coverage.switch_context("")
        return result


def _measure(folder: Path, tests: Sequence[str], found: Path) -> int:
    from coverage import Coverage

    coverage = Coverage(data_file=None, source=[str(folder)], branch=False, config_file=False)
    plugin = _Measured(coverage)
    coverage.start()
    failed = pytest.main([*_OPTIONS, "-p", "no:cov", *tests], [plugin])
    coverage.stop()
    data = coverage.get_data()
    lines = {
        Path(file).relative_to(Path.cwd()).as_posix(): data.contexts_by_lineno(file) for file in data.measured_files()
    }
    modules = [name for name in sys.modules if not name.startswith(_OURS)]
    found.write_text(json.dumps({"seconds": plugin.seconds, "lines": lines, "modules": modules}), encoding="utf-8")
    return int(failed)


def _test(folder: Path, file: Path, source: str, tests: Sequence[str], seconds: float) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds), resource.RLIM_INFINITY))
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + _MEMORY, resource.RLIM_INFINITY))
    original = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> Any:
        return compile(source, file, "exec") if Path(loader.path) == file else original(loader, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    # pytest would load a module that is named itself by a loader of its own, so modules are named by their folder.
    files = (test.partition("::")[0] for test in tests)
    paths = dict.fromkeys(file if file.startswith("tests/") else str(folder) for file in files)
    return int(pytest.main([*_OPTIONS, "-p", "no:cov", *paths], [_Chosen(tests)])) if paths else _NO_TESTS
