"""Imports run downwards, and each layer uses only the libraries that it needs."""

from __future__ import annotations

import sys

import pytest

from tests.guards.source import (
    Import,
    all_imports,
    imports_of,
    module_files,
    module_name,
    subpackage,
)

_BASE = {"_checks", "_io", "_locks", "_manifest", "_plain", "_registry", "_replacing", "_tensors", "seeding"}
_MODELS = [
    "data",
    "_config",
    "ops",
    "nn",
    "losses",
    "ranking",
    "models",
    "distillation",
    "training",
]  # each imports those before it
_TEXTS = ["data", "corpus", "datasets", "text"]
_TOP = [*_MODELS, *_TEXTS, "recipes", "recommender", "search", "testing", "serve", "app", "cli"]


def _below(order: list[str]) -> dict[str, set[str]]:
    return {name: _BASE | set(order[:position]) for position, name in enumerate(order)}


#: Which subpackages each one may import.
MAY_IMPORT = {
    "": set(_TOP),  # the package itself imports lazily
    **{name: set() for name in _BASE},
    "_io": {"_replacing"},
    "_manifest": {"_io"},
    "_locks": {"_replacing"},
    "_tensors": {"_io", "_manifest"},
    **_below(_TOP),
    **_below(_TEXTS),
    **_below(_MODELS),
    "losses": _BASE | {"data", "_config", "ops"},  # beside `nn`, not above it
    "text": _BASE | {"data", "corpus"},  # beside `datasets`, not above it
    "datasets": _BASE | {"data", "corpus"},
}

_TORCH = {"torch", "torch_geometric"}

#: Which other libraries each subpackage may import, beside the standard library; any where nothing is said.
LIBRARIES = {
    "": set(),
    "_checks": {"torch"},
    "_config": {"torch"},
    "_io": {"tomli", "tomli_w"},
    "_locks": {"filelock"},
    "_manifest": set(),
    "_plain": {"torch"},
    "_registry": set(),
    "_replacing": {"filelock"},
    "_tensors": {"safetensors", "torch"},
    **dict.fromkeys(("data", "ops", "nn", "losses", "ranking", "models"), _TORCH),
}


def upward(imports: list[Import]) -> list[str]:
    """Imports of a subpackage that is not below the importing one."""
    found = []
    for module, target, line in imports:
        own, other = subpackage(module), subpackage(target)
        if other and other != own and other not in MAY_IMPORT.get(own, set()):
            found.append(f"{module}, line {line}: {own} must not import {other}")
    return found


def foreign(imports: list[Import]) -> list[str]:
    """Imports of a library that a subpackage has no use for."""
    found = []
    for module, target, line in imports:
        library = target.partition(".")[0]
        allowed = LIBRARIES.get(subpackage(module))
        if allowed is None or library == "irllrec_pyg":
            continue
        if library == "pickle" or (library not in allowed and library not in sys.stdlib_module_names):
            found.append(f"{module}, line {line}: imports {library}")
    return found


def cycles(imports: list[Import]) -> list[str]:
    """Subpackages that import each other, directly or through others."""
    below: dict[str, set[str]] = {}
    for module, target, _ in imports:
        own, other = subpackage(module), subpackage(target)
        if own and other and own != other:
            below.setdefault(own, set()).add(other)
    reached = {name: set(others) for name, others in below.items()}
    for _ in below:
        for others in reached.values():
            others |= {further for other in set(others) for further in below.get(other, ())}
    return sorted(name for name, others in reached.items() if name in others)


def test_imports_run_downwards():
    assert upward(all_imports()) == []


def test_no_import_cycle():
    assert cycles(all_imports()) == []


def test_lower_layers_use_torch_alone():
    assert foreign(all_imports()) == []


def test_every_subpackage_has_a_place():
    names = {subpackage(module_name(file)) for file in module_files()}
    assert names <= set(MAY_IMPORT), "say in MAY_IMPORT what a new subpackage may import"


@pytest.mark.parametrize(
    ("module", "source", "fault"),
    [
        ("irllrec_pyg.nn.conv.layer", "from ...models import LightGCN", upward),
        ("irllrec_pyg.data.graph", "def f():\n    from .. import ops", upward),
        ("irllrec_pyg.ranking.metrics", "import irllrec_pyg.training.trainer", upward),
        ("irllrec_pyg.data.graph", "import numpy as np", foreign),
        ("irllrec_pyg.models.base", "import pickle", foreign),
        ("irllrec_pyg.ranking.metrics", "from scipy import sparse", foreign),
    ],
)
def test_guard_finds_a_wrong_import(module, source, fault):
    assert fault(list(imports_of(source, module, is_package=False)))


def test_guard_finds_a_cycle():
    first = imports_of("from ..models import LightGCN", "irllrec_pyg.nn.layer", is_package=False)
    second = imports_of("from ...nn import LightConv", "irllrec_pyg.models.backbones.x", is_package=False)
    assert cycles([*first, *second]) == ["models", "nn"]
