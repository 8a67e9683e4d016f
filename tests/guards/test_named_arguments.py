"""Errors name arguments that exist: a message that quotes one must spell it as the caller does."""

import ast
import inspect
import re

import pytest

from irllrec_pyg import _checks
from tests.guards.source import PACKAGE

FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {file: ast.parse(file.read_text(encoding="utf-8")) for file in FILES}
CHECKS = {name: 0 for name, _ in inspect.getmembers(_checks, inspect.isfunction)} | {"id_tensor": 1}  # its place
QUOTED = re.compile(r"'([a-z][a-z0-9_]*)' (?:must|hold|holds|has|have)\b")


def parameters(tree):
    """Names of all parameters and fields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def checked(tree):
    """Names that a check gets, and those that the message of an error quotes first."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CHECKS:
            given = node.args[CHECKS[node.func.id]] if len(node.args) > CHECKS[node.func.id] else None
            if isinstance(given, ast.Constant):
                yield given.value
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            for part in ast.walk(node.exc):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield from QUOTED.findall(part.value)


KNOWN = {name for tree in TREES.values() for name in parameters(tree)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_errors_name_arguments_that_exist(file):
    unknown = [name for name in checked(TREES[file]) if KNOWN.isdisjoint(name.split())]  # "weight in blend_with"
    assert not unknown, f"no function has an argument of this name: {', '.join(unknown)}"


def test_enough_is_checked():
    assert len({name for tree in TREES.values() for name in checked(tree)}) > 100
