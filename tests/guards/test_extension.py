"""One file adds a backbone, an enhancer, a dataset, an encoder or a text control: CONTRIBUTING.md is true."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

from irllrec_pyg._registry import Registry
from irllrec_pyg.data import CONTROLS
from irllrec_pyg.datasets import DATASETS
from irllrec_pyg.models import BACKBONES, ENHANCERS, create_backbone, create_enhancer
from irllrec_pyg.recipes import Recipe
from irllrec_pyg.testing import check_backbone, check_control, check_dataset, check_encoder, check_enhancer, tiny_data
from irllrec_pyg.text import ENCODERS
from tests.guards.documents import python_blocks
from tests.guards.source import ROOT

FILES = {block.file: block.code for block in python_blocks(ROOT / "CONTRIBUTING.md") if block.file}


class Extension(NamedTuple):
    """An example of CONTRIBUTING.md: its registry, its name there, its file, and the test of its contract."""

    registry: Registry[Any]
    name: str
    file: str
    test: str

    @property
    def folder(self) -> str:
        """Package of the registry's modules."""
        return str(Path(self.file).parent).replace("/", ".")

    @property
    def module(self) -> str:
        """Name of the module."""
        return Path(self.file).stem


EXTENSIONS = [
    Extension(
        BACKBONES, "mf", "irllrec_pyg/models/backbones/matrix_factorization.py", "tests/models/test_contracts.py"
    ),
    Extension(
        ENHANCERS,
        "text-regression",
        "irllrec_pyg/models/enhancers/text_regression.py",
        "tests/models/test_contracts.py",
    ),
    Extension(DATASETS, "two-groups", "irllrec_pyg/datasets/two_groups.py", "tests/datasets/test_contracts.py"),
    Extension(ENCODERS, "letters", "irllrec_pyg/text/encoders/letters.py", "tests/text/encoders/test_contracts.py"),
    Extension(CONTROLS, "random-signs", "irllrec_pyg/data/controls/random_signs.py", "tests/data/test_controls.py"),
]
extensions = pytest.mark.parametrize("extension", EXTENSIONS, ids=lambda extension: extension.name)


def check(extension: Extension, folder: Path) -> None:
    """Runs the contract of an extension, found by its name."""
    data, name = tiny_data(), extension.name
    if extension.registry is BACKBONES:
        check_backbone(lambda: create_backbone(name, data), data)
    elif extension.registry is ENHANCERS:
        make = lambda backbone: create_enhancer(name, backbone, data)  # noqa: E731
        check_enhancer(make, lambda: create_backbone("lightgcn", data), data)
    elif extension.registry is DATASETS:
        check_dataset(lambda: DATASETS[name](folder)[0])
    elif extension.registry is ENCODERS:
        check_encoder(ENCODERS[name])
    else:
        check_control(CONTROLS[name], data)


@pytest.fixture
def registry(extension, monkeypatch) -> Iterator[Registry[Any]]:
    """The extension's registry; what a test registers or imports is removed afterwards."""
    assert extension.name not in extension.registry, "the example has the name of something that exists"
    monkeypatch.setattr(extension.registry, "_entries", dict(extension.registry.items()))
    modules = set(sys.modules)
    yield extension.registry
    for name in set(sys.modules) - modules:
        if name.rpartition(".")[2] == extension.module:
            del sys.modules[name]


def test_every_kind_has_a_file():
    assert set(FILES) == {extension.file for extension in EXTENSIONS}


@extensions
def test_import(extension, registry, tmp_path, monkeypatch):
    (tmp_path / f"{extension.module}.py").write_text(FILES[extension.file])
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module(extension.module)
    check(extension, tmp_path / "data")


@extensions
def test_file_in_the_folder(extension, registry, tmp_path, monkeypatch):
    """The folder gets a second place, so that the file need not be written into the package."""
    (tmp_path / f"{extension.module}.py").write_text(FILES[extension.file])
    package = importlib.import_module(extension.folder)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    monkeypatch.setattr(registry, "_complete", False)
    assert registry[extension.name].__module__ == f"{extension.folder}.{extension.module}"
    check(extension, tmp_path / "data")
    monkeypatch.delattr(package, extension.module)


def install(folder: Path, extensions: list[Extension]) -> None:
    """Writes extensions as an installed package with entry points."""
    package = folder / "extensions"
    package.mkdir()
    (package / "__init__.py").write_text("")
    info = folder / "extensions-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: extensions\nVersion: 1.0\n")
    points = []
    for extension in extensions:
        (package / f"{extension.module}.py").write_text(FILES[extension.file])
        points.append(f"[{extension.registry.group}]\n{extension.name} = extensions.{extension.module}\n")
    (info / "entry_points.txt").write_text("\n".join(points))


@extensions
def test_entry_point(extension, registry, tmp_path, monkeypatch):
    install(tmp_path, [extension])
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry, "_complete", False)
    assert registry[extension.name].__module__ == f"extensions.{extension.module}"
    check(extension, tmp_path / "data")
    for name in [name for name in sys.modules if name.partition(".")[0] == "extensions"]:
        del sys.modules[name]


def test_contract_tests_of_the_suite_find_them(tmp_path):
    """The suite, with an installed package of extensions: its contract tests run on them, unchanged."""
    install(tmp_path, EXTENSIONS)
    names = " or ".join(extension.name for extension in EXTENSIONS)
    files = sorted({extension.test for extension in EXTENSIONS})
    command = [sys.executable, "-m", "pytest", *files, "-k", names, "-rA", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1"}
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
    assert run.returncode == 0, run.stdout
    for extension in EXTENSIONS:
        passed = re.search(rf"^PASSED {extension.test}::\w+\[.*{extension.name}.*\]", run.stdout, re.MULTILINE)
        assert passed, f"no contract test ran on {extension.name}\n{run.stdout}"


def test_a_recipe_takes_them_by_name(tmp_path, monkeypatch):
    for extension in EXTENSIONS:
        monkeypatch.setattr(extension.registry, "_entries", dict(extension.registry.items()))
        monkeypatch.setattr(extension.registry, "_complete", False)
    install(tmp_path, EXTENSIONS)
    monkeypatch.syspath_prepend(str(tmp_path))
    data = tiny_data()
    data["item"].text = [f"item {'abcdefghijklmnopqrst'[number]}" for number in range(20)]
    recipe = Recipe(
        {"name": "mf"},
        enhancers=[{"name": "text-regression"}],
        text={"encoder": "letters", "control": "random-signs"},
        trainer={"max_epochs": 1, "eval_every": 1},
    )
    run = recipe.fit(data, progress=False)
    assert type(run.model).__name__ == "TextRegression" and type(run.model.backbone).__name__ == "MatrixFactorization"
    assert run.model.item_feature.shape == (20, 26) and bool((run.model.item_feature < 0).any())
    assert torch.equal(run.model.item_feature.abs(), ENCODERS["letters"](data["item"].text))
    for name in [name for name in sys.modules if name.partition(".")[0] == "extensions"]:
        del sys.modules[name]
