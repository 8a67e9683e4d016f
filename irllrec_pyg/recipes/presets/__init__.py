"""Presets: settings of each method on each dataset, one TOML file per dataset.

A table is named for a method and holds only what differs from what it inherits: the defaults of the classes, then the
tables of the method's parts. ``"lightgcn+text-ranking"`` inherits from ``"lightgcn"`` and ``"+text-ranking"``, key by
key. ``source`` says where the values come from: ``"published"``, ``"tuned on validation"`` or ``"start value"``.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Any

from ..._io import tomllib
from ...models import BACKBONES, ENHANCERS

SOURCES = ("published", "tuned on validation", "start value")


def load_preset(dataset: str, method: str) -> dict[str, Any]:
    """Settings of a method on a dataset, as a dictionary that :meth:`Recipe.from_dict
    <irllrec_pyg.recipes.Recipe.from_dict>` takes.

    Args:
        dataset: Name of the dataset, such as ``"lastfm"``.
        method: A backbone, a closed form, a stand-alone model or ``"strong"``, the most accurate configuration that
            needs no text; then ``"+"`` and an enhancer, as often as there are enhancers, or ``"+text"`` for closed
            forms that read texts, blended in.

    Raises:
        ValueError: There is no such preset; the message lists those that exist.

    Examples:
        >>> load_preset("lastfm", "ease")
        {'model': {'name': 'ease', 'l2_weight': 100.0}}
    """
    tables = _read(dataset)
    base, *added = method.split("+")
    chain = [_added(tables, base, name) for name in added]
    if base not in tables or base.startswith("+") or not all(chain):
        known = ", ".join(preset_names(dataset))
        raise ValueError(f"there is no preset {method!r} for {dataset!r}; choose one of {known}")
    merged = _merge(tables[base], *chain)
    recipe: dict[str, Any] = {"model": {"name": base, **merged.get("model", {})}}
    recipe["enhancers"] = [
        {"name": name, **table.get("enhancer", {})}
        for name, table in zip(added, chain, strict=True)
        if name in ENHANCERS
    ]
    recipe["blend"] = [{"name": name, **table} for name, table in merged.get("blend", {}).items()]
    recipe["trainer"] = merged.get("trainer", {})
    if merged.get("warm_start"):
        recipe["start"] = {part: table for part, table in load_preset(dataset, base).items() if part != "blend"}
        recipe["model"] = recipe["start"]["model"]
    return {part: deepcopy(value) for part, value in recipe.items() if value}


def preset_names(dataset: str) -> list[str]:
    """Methods that :func:`load_preset` takes for a dataset, with at most one addition each.

    Args:
        dataset: Name of the dataset.

    Raises:
        ValueError: There are no presets for it; the message lists the datasets that have some.

    Examples:
        >>> "lightgcn+irllrec" in preset_names("lastfm")
        True
    """
    tables = _read(dataset)
    own = {name for name in tables if not name.startswith("+")}
    shared = {name for name in tables if name.startswith("+")}
    return sorted(own | {backbone + name for backbone in own if backbone in BACKBONES for name in shared})


def preset_sources(dataset: str) -> dict[str, str]:
    """Where the values of each table of a dataset come from."""
    return {name: table["source"] for name, table in _read(dataset).items()}


def preset_datasets() -> list[str]:
    """Names of the datasets that have presets."""
    return sorted(file.name.removesuffix(".toml") for file in files(__package__).iterdir() if file.name.endswith(".toml"))


@cache
def _read(dataset: str) -> dict[str, Any]:
    if dataset not in preset_datasets():
        raise ValueError(f"there are no presets for {dataset!r}; choose one of {', '.join(preset_datasets())}")
    return tomllib.loads((files(__package__) / f"{dataset}.toml").read_text(encoding="utf-8"))


def _added(tables: Mapping[str, Any], base: str, name: str) -> dict[str, Any]:
    """What an addition brings: the table that all backbones share, and that of the base."""
    shared = tables.get(f"+{name}", {}) if base in BACKBONES else {}
    return _merge(shared, tables.get(f"{base}+{name}", {}))


def _merge(*tables: Mapping[str, Any]) -> dict[str, Any]:
    """Tables merged key by key; a later one replaces an earlier one."""
    result: dict[str, Any] = {}
    for table in tables:
        for name, value in table.items():
            before = result.get(name)
            nested = isinstance(value, Mapping) and isinstance(before, Mapping)
            result[name] = _merge(before, value) if nested else value
    return result
