"""Plain English in the package, its documentation and its examples."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guards.documents import documents
from tests.guards.source import ROOT, listing, module_files

#: Words and turns of phrase that stop a reader, and what to write.
PHRASES = {
    r"\btold\b": "given, described, or the noun that it is",
    r"\btaught\b": "trained",
    r"\bdealt out\b": "permuted",
    r"\bfor want of\b": "without",
    r"\bwords of care\b": "limitations",
    r"\bwhom to\b": "the users to",
    r"\bof like length\b": "of similar length",
    r"\b(?:is|are) yet to be\b": "is missing",
    r"\bbe it\b": "whether",
    r"\bthereof\b": "of it",
    r"\ban? (?:\w+ )?(?:row|file|record|line|vector|weight|score|batch|pass|example|entry|run|seed|folder|method|color)"
    r" an? \w": "one ... per ...",
}

#: Names that say nothing, or that have several meanings. PyTorch and Python name some arguments `other` themselves.
NAMES = {"told", "taught", "made", "whole", "carry", "Taken"}


def readable_files() -> list[Path]:
    """All that users read: code of package, examples and benchmarks, and pages. Released changes stay as they were."""
    scripts = [file for folder in ("examples", "benchmarks") for file in sorted((ROOT / folder).glob("*.py"))]
    return [*module_files(), *scripts, *documents()]


def odd_phrases(text: str) -> list[str]:
    """Lines with a phrase of the list."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for phrase, better in PHRASES.items():
            if match := re.search(phrase, line, re.IGNORECASE):
                found.append(f"line {number}: {match.group()!r}, write {better!r}")
    return found


def odd_arguments(source: str) -> list[str]:
    """Descriptions that begin with "Of": an argument's description says what it does."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node) or ""
            for number, line in enumerate(docstring.splitlines()):
                if re.match(r"\s+\*{0,2}\w+\s*(?:\(.*\))?:\s+Of\b" + (r"|Of\b" if number == 0 else ""), line):
                    found.append(f"{getattr(node, 'name', 'module')}: {line.strip()}")
    return found


def odd_names(source: str) -> Iterator[str]:
    """Names of variables, arguments, functions and classes that are in the list."""
    for node in ast.walk(ast.parse(source)):
        for field in ("id", "arg", "name", "attr"):
            if getattr(node, field, None) in NAMES:
                yield f"line {getattr(node, 'lineno', '?')}: {getattr(node, field)}"


def released(text: str) -> str:
    """A changelog without its released versions."""
    return re.split(r"^## \d", text, maxsplit=1, flags=re.MULTILINE)[0]


def test_phrases():
    texts = {file: file.read_text(encoding="utf-8") for file in readable_files()}
    texts |= {file: released(text) for file, text in texts.items() if file.name == "CHANGELOG.md"}
    found = {str(file.relative_to(ROOT)): odd_phrases(text) for file, text in texts.items()}
    assert not listing(found), listing(found)


def test_argument_descriptions():
    found = {str(file.relative_to(ROOT)): odd_arguments(file.read_text(encoding="utf-8")) for file in module_files()}
    assert not listing(found), listing(found)


def test_names():
    found = {str(file.relative_to(ROOT)): [*odd_names(file.read_text(encoding="utf-8"))] for file in module_files()}
    assert not listing(found), listing(found)


@pytest.mark.parametrize(
    "text", ["Texts dealt out at random.", "told = mask", "Writes a row a node.", "For want of it"]
)
def test_guard_finds_odd_phrases(text):
    assert odd_phrases(text)


@pytest.mark.parametrize("text", ["One row per node.", "A table has a row.", "Texts are permuted.", "a run and a seed"])
def test_guard_accepts_plain_phrases(text):
    assert not odd_phrases(text)


def test_guard_finds_odd_arguments():
    assert odd_arguments('def f(seed):\n    """Text.\n\n    Args:\n        seed (int): Of the text.\n    """')
    assert odd_arguments('def f():\n    """Of something."""')
    assert not odd_arguments('def f(seed):\n    """Text.\n\n    Args:\n        seed: Seed of the text.\n    """')


def test_guard_finds_odd_names():
    assert [*odd_names("def f(carry): pass")] and [*odd_names("made = 1")] and [*odd_names("x.told")]
    assert not [*odd_names("model = 1")]
