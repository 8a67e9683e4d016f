"""Pages are true: their Python blocks run, their links lead somewhere, and the names that they mention exist."""

from __future__ import annotations

import importlib
import pkgutil
import re
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
import torch

import irllrec_pyg
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.search.budget import _UNITS
from irllrec_pyg.testing import tiny_data
from tests.guards.documents import documents, python_blocks
from tests.guards.source import ROOT

PAGES = documents()
#: A language model answers in the notebook, so it runs when the site is built. test_site.py runs the example of README.
RUN_ELSEWHERE = {"local_model.md", "README.md"}
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@pytest.fixture
def folder(tmp_path, monkeypatch, own_registrations) -> Path:
    """A working folder with the tables that the pages mention."""
    data = tiny_data()
    pairs = torch.cat([data[INTERACTS][name] for name in ("edge_index", "val_label_index", "test_label_index")], dim=1)
    table = pd.DataFrame(pairs.t().numpy(), columns=["who", "what"])
    table.to_csv(tmp_path / "interactions.csv", index=False)
    titles = [
        f"{'Trains' if item < 10 else 'Islands'} of the {color}" for item, color in enumerate("abcdefghijklmnopqrst")
    ]
    pd.DataFrame({"what": range(20), "title": titles}).to_csv(tmp_path / "items.csv", index=False)
    shutil.copy(ROOT / "examples" / "reviews.csv", tmp_path)
    monkeypatch.setitem(_UNITS, "min", 0.2)  # a budget of ten minutes ends after two seconds
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pages
def test_python_blocks_run(page, folder, monkeypatch):
    """Blocks of a page share their names. A block that is a module of its own belongs to test_extension.py."""
    module = ModuleType("page")  # so that classes of a page can be pickled
    monkeypatch.setitem(sys.modules, "page", module)
    for line, code, runs in python_blocks(page):
        source = compile("\n" * (line - 1) + code, str(page), "exec")  # syntax is checked in any case
        if runs and page.name not in RUN_ELSEWHERE and not code.startswith("# irllrec_pyg/"):
            exec(source, vars(module))


def test_most_blocks_run():
    """Marking blocks as `no-run` is for those that need files of the reader."""
    blocks = [block for page in PAGES for block in python_blocks(page)]
    assert len(blocks) >= 10 and sum(block.runs for block in blocks) >= 0.8 * len(blocks)


@pages
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    # Pages of commands are made when the site is built, which checks links to them.
    missing = [target for target in targets if "commands/" not in target and not (page.parent / target).exists()]
    assert not missing


@pages
def test_mentioned_files_exist(page):
    text = page.read_text(encoding="utf-8").partition("\n## 0.")[0]  # released versions stay as they were
    files = re.findall(r"`((?:benchmarks|examples|tests|docs|scripts|\.github|\.ci)/[\w./-]+)`", text)
    missing = [file for file in files if not (ROOT / file).exists()]
    assert not missing


def exists(name: str) -> bool:
    """Whether a dotted name is a module or an attribute of one."""
    value: object = irllrec_pyg
    for part in name.split(".")[1:]:
        if not hasattr(value, part):
            with suppress(ImportError, AttributeError):
                importlib.import_module(f"{value.__name__}.{part}")  # type: ignore[attr-defined]
        if not hasattr(value, part):
            return False
        value = getattr(value, part)
    return True


@pages
def test_mentioned_names_exist(page):
    text = page.read_text(encoding="utf-8").partition("\n## 0.")[0]
    text = re.sub(r"\|[^|\n]*\|(?=[^|\n]*\|\n)", "|", text) if page.name == "CHANGELOG.md" else text  # old -> new
    groups = {"irllrec_pyg.backbone", "irllrec_pyg.enhancer", "irllrec_pyg.closed_form", "irllrec_pyg.standalone"}
    groups |= {"irllrec_pyg.dataset", "irllrec_pyg.encoder", "irllrec_pyg.control"}
    names = set(re.findall(r"(?<![\w/])irllrec_pyg(?:\.[A-Za-z_]\w*)+", text)) - groups
    assert not [name for name in sorted(names) if not exists(name)]


def test_guard_finds_wrong_names():
    assert exists("irllrec_pyg.nn.IntentConv") and exists("irllrec_pyg.recipes.presets")
    assert not exists("irllrec_pyg.retrieval") and not exists("irllrec_pyg.nn.Nothing")


def test_reference_is_complete():
    text = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    subpackages = {module.name for module in pkgutil.iter_modules(irllrec_pyg.__path__) if module.ispkg} - {"cli"}
    assert {name for name in subpackages if f"\n   {name}\n" not in text} == set()


def test_workflow_runs_the_checks_of_the_repository():
    """One source of truth: the workflow calls .ci/run, which calls the Makefile."""
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "run: .ci/run" in workflow
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^make (\w+)$", script, re.MULTILINE)
    assert targets and all(f"\n{target}:" in makefile for target in targets)
