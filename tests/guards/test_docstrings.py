"""Every exported class and function says what it is, what each argument does, and shows how it is used."""

from __future__ import annotations

import inspect
import re

import pytest

from tests.guards.source import exports, listing

_SECTION = re.compile(r"^(Args|Attributes|Examples|Raises|Returns|Yields|Shapes?|Note|Warning)s?:$", re.MULTILINE)
_ARGUMENT = re.compile(r"^    (\*{0,2}\w+)\s*(?:\(.*\))?:", re.MULTILINE)


def section(docstring: str, title: str) -> str:
    """Body of a docstring's section; empty where there is none."""
    match = re.search(rf"^{title}:$", docstring, re.MULTILINE)
    if match is None:
        return ""
    rest = docstring[match.end() :]
    following = _SECTION.search(rest)
    return rest[: following.start()] if following else rest


def arguments(value: object) -> list[str]:
    """Arguments of a function or of a class's constructor, as a docstring names them."""
    if getattr(value, "_is_protocol", False):
        return []
    try:
        parameters = inspect.signature(value).parameters.values()  # type: ignore[arg-type]
    except ValueError:  # an exception class has no signature
        return []
    if inspect.isclass(value) and "__init__" not in vars(value) and not _own_constructor(value):
        return []
    prefix = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    return [prefix.get(parameter.kind, "") + parameter.name for parameter in parameters]


def _own_constructor(value: type) -> bool:
    """Whether a class of the package defines the constructor, and not one of a library."""
    owner = next(base for base in inspect.getmro(value) if "__init__" in vars(base))
    return owner.__module__.partition(".")[0] in ("irllrec_pyg", "tests")


def faults(value: object) -> list[str]:
    """What the docstring of a class or function lacks."""
    docstring = inspect.cleandoc(vars(value).get("__doc__") or getattr(value, "__doc__", None) or "")
    if inspect.isclass(value) and "__doc__" not in vars(value):
        docstring = ""  # inherited from a base class
    if not docstring:
        return ["no docstring"]
    found = [] if ">>>" in section(docstring, "Examples") else ["no example"]
    described = _ARGUMENT.findall(section(docstring, "Args"))
    for base in inspect.getmro(value)[1:] if inspect.isclass(value) else ():  # arguments that a class inherits
        inherited = (
            inspect.cleandoc(vars(base).get("__doc__") or "") if base.__module__.startswith("irllrec_pyg") else ""
        )
        described += _ARGUMENT.findall(section(inherited, "Args"))
    return found + [f"argument {name!r} is not described" for name in arguments(value) if name not in described]


def test_exports_are_documented():
    found = {name: faults(value) for name, value in sorted(exports().items())}
    assert not listing(found), listing(found)


def test_there_are_exports():
    assert {"irllrec_pyg.nn.conv.light_conv.LightConv", "irllrec_pyg.ranking.top_k.top_k"} <= exports().keys()


class _Complete:
    """A class.

    Args:
        size (int): The size.
        **kwargs (optional): Further arguments.

    Examples:
        >>> complete = _Complete(1)
    """

    def __init__(self, size: int, **kwargs: object) -> None: ...


class _Inherited(_Complete): ...


def _undescribed(size: int, width: int) -> None:
    """A function.

    Args:
        size: The size; width: see below.

    Examples:
        There is none.

    Raises:
        ValueError: >>> is no example here.
    """


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (_Complete, []),
        (_Inherited, ["no docstring"]),
        (_undescribed, ["no example", "argument 'width' is not described"]),
    ],
)
def test_guard_finds_what_is_missing(value, expected):
    assert faults(value) == expected
