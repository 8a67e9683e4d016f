"""Tables of the cheat sheet, made from registries and exports: ``{registered} models.BACKBONES``, ``{exported} nn``."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective


def summary(value: object) -> str:
    """First sentence of a docstring, as one line."""
    return " ".join((inspect.getdoc(value) or "").split("\n\n")[0].split()).rstrip(",:.")


def registry_rows(path: str) -> list[str]:
    """One row per entry of a registry: its name, its class or function, and what it is.

    Args:
        path: Package and name, such as ``"models.BACKBONES"``.
    """
    package, _, name = path.rpartition(".")
    registry: Mapping[str, Any] = getattr(importlib.import_module(f"irllrec_pyg.{package}"), name)
    rows = [
        f"* - ``{key}``\n  - {_link(package, registry[key])}\n  - {summary(registry[key])}" for key in sorted(registry)
    ]
    return ["* - name\n  - class or function\n  - what it is", *rows]


def export_rows(package: str) -> list[str]:
    """One row per class that a package exports: its name, whether it reads edges and their weights, and what it is.

    Args:
        package: Name of the package, such as ``"nn"``.
    """
    module = importlib.import_module(f"irllrec_pyg.{package}")
    classes = [value for name in sorted(module.__all__) if inspect.isclass(value := getattr(module, name))]
    if not any(map(_edges, classes)):
        return [
            "* - class\n  - what it is",
            *(f"* - {_link(package, value)}\n  - {summary(value)}" for value in classes),
        ]
    rows = [f"* - {_link(package, value)}\n  - {_edges(value)}\n  - {summary(value)}" for value in classes]
    return ["* - class\n  - edges\n  - what it is", *rows]


def _edges(value: Any) -> str:
    """What a layer reads of a graph, as its ``forward`` says."""
    names = inspect.signature(value.forward).parameters if hasattr(value, "forward") else {}
    return "weighted" if "edge_weight" in names else "yes" if {"edge_index", "graph"} & set(names) else ""


def _link(package: str, value: Any) -> str:
    kind = "class" if inspect.isclass(value) else "func"
    exported = hasattr(importlib.import_module(f"irllrec_pyg.{package}"), value.__name__)
    home = f"irllrec_pyg.{package}" if exported else value.__module__
    return f":{kind}:`~{home}.{value.__name__}`" if exported else f"``{value.__name__}``"


class Registered(SphinxDirective):
    """Table of a registry."""

    required_arguments = 1
    rows = staticmethod(registry_rows)

    def run(self) -> list[nodes.Node]:
        """Parses the table, so that names become links."""
        lines = [".. list-table::", "   :header-rows: 1", "   :class: cheat", ""]
        lines += [f"   {line}" for row in self.rows(self.arguments[0]) for line in row.splitlines()]
        return self.parse_text_to_nodes(StringList(["```{eval-rst}", *lines, "```"]))


class Exported(Registered):
    """Table of the classes that a package exports."""

    rows = staticmethod(export_rows)


def setup(app: Any) -> dict[str, bool]:
    """Adds the directives."""
    app.add_directive("registered", Registered)
    app.add_directive("exported", Exported)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
