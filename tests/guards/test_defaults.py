"""Defaults are what the docstrings say."""

import ast
import importlib
import inspect
import re

import pytest

from tests.guards.source import module_files, module_name, subpackage

_ARGUMENT = re.compile(r"^ {4}(\w+)(?: \([^)]*\))?: ((?:.|\n(?! {4}\w| *$))*)", re.MULTILINE)
_DEFAULT = re.compile(r"\(default:\s+(?::obj:`([^`]+)`|``([^`]+)``)\)")


def documented(doc):
    """Each argument with the default that a docstring gives, where that is a value of Python."""
    _, _, arguments = inspect.cleandoc(doc or "").partition("Args:\n")
    for name, text in _ARGUMENT.findall(arguments):
        if found := _DEFAULT.search(text):
            try:
                yield name, ast.literal_eval(found[1] or found[2])
            except (ValueError, SyntaxError):
                continue


def owners(module):
    """Each function and class of a module, with its methods."""
    for owner in vars(module).values():
        own = getattr(owner, "__module__", None) == module.__name__
        if own and inspect.isclass(owner):
            functions = (getattr(member, "__func__", member) for member in vars(owner).values())
            yield from [owner, *filter(inspect.isfunction, functions)]
        elif own and inspect.isfunction(owner):
            yield owner


MODULES = [module_name(file) for file in module_files()]


@pytest.mark.parametrize("part", sorted({subpackage(module) for module in MODULES} - {""}))
def test_defaults_are_as_documented(part):
    wrong = []
    for name in MODULES:
        if subpackage(name) == part:
            for function in owners(importlib.import_module(name)):
                parameters = inspect.signature(function).parameters
                for argument, value in documented(function.__doc__):
                    if argument in parameters and parameters[argument].default != value:
                        wrong.append(f"{name}.{function.__qualname__}: {argument}={value!r}")
    assert not wrong
