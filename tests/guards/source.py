"""The package's source as the guards read it: modules, their imports, and what they export."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "irllrec_pyg"


class Import(NamedTuple):
    """One import statement: the importing module, the imported one, and the line."""

    module: str
    target: str
    line: int


def module_files() -> list[Path]:
    """All Python files of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def module_name(file: Path, root: Path = ROOT) -> str:
    """Dotted name of a module's file."""
    return ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def imports_of(source: str, module: str, is_package: bool) -> Iterator[Import]:
    """All imports of a module, inside functions and ``TYPE_CHECKING`` blocks too, with absolute names."""
    package = module if is_package else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(module, alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *filter(None, [node.module])])
            # `from .. import ops` imports a subpackage; `from ..ops import spmm` names it already.
            yield from (Import(module, f"{base}.{alias.name}", node.lineno) for alias in node.names)


@cache
def all_imports() -> list[Import]:
    """All imports of the package."""
    return [
        found
        for file in module_files()
        for found in imports_of(file.read_text(encoding="utf-8"), module_name(file), file.name == "__init__.py")
    ]


def subpackage(module: str) -> str:
    """First part of a module's name below the package; empty for the package itself and for other packages."""
    top, _, rest = module.partition(".")
    return rest.partition(".")[0] if top == "irllrec_pyg" else ""


def modules() -> list[ModuleType]:
    """All modules of the package, imported."""
    return [importlib.import_module(module_name(file)) for file in module_files()]


def exports() -> dict[str, object]:
    """Every class and function of the package that is in an ``__all__``, by its dotted name."""
    found = {}
    for module in modules():
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            own = getattr(value, "__module__", "").startswith("irllrec_pyg")
            if own and (inspect.isclass(value) or inspect.isfunction(value)):
                found[f"{value.__module__}.{value.__qualname__}"] = value
    return found


def listing(found: Mapping[str, Iterable[object]]) -> str:
    """Faults by file or name, one per line; empty where there are none."""
    return "\n".join(f"{name}: {fault}" for name, faults in found.items() for fault in faults)
