"""Models are read from this machine, and code that comes with them is never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.guards.source import PACKAGE, listing, module_files

REQUIRED = {"trust_remote_code": "False", "local_files_only": "True"}
_OWN = {"Engine", "cls", "super()"}  # classes of this package, which read its own checkpoints


def trusting_calls(source: str) -> Iterator[str]:
    """Calls that read a model without saying that its code is not run and that nothing is downloaded."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr != "from_pretrained" or ast.unparse(node.func.value) in _OWN:
            continue
        arguments = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        missing = [name for name, value in REQUIRED.items() if arguments.get(name) != value]
        if missing:
            yield f"line {node.lineno}: {ast.unparse(node.func)} without {', '.join(missing)}"


def test_no_call_trusts_a_model():
    found = {
        str(file.relative_to(PACKAGE)): [*trusting_calls(file.read_text(encoding="utf-8"))] for file in module_files()
    }
    found = {file: faults for file, faults in found.items() if faults}
    assert not listing(found), listing(found)


def test_there_are_calls_to_check():
    sources = "".join(file.read_text(encoding="utf-8") for file in module_files())
    assert sources.count("trust_remote_code=False") >= 5


@pytest.mark.parametrize(
    "source",
    [
        "AutoModel.from_pretrained(path)",
        "AutoModel.from_pretrained(path, local_files_only=True)",
        "transformers.AutoConfig.from_pretrained(path, trust_remote_code=False)",
        "AutoModel.from_pretrained(path, trust_remote_code=trust, local_files_only=True)",
        "AutoTokenizer.from_pretrained(path, **arguments)",
    ],
)
def test_guard_finds_trusting_calls(source):
    assert [*trusting_calls(source)]


def test_guard_accepts_safe_calls():
    safe = "AutoModel.from_pretrained(path, trust_remote_code=False, local_files_only=True, **arguments)"
    assert not [*trusting_calls(f"{safe}; Engine.from_pretrained(folder)")]
