"""Presets: settings of each method on each dataset, one TOML file per dataset.

A table has the name of a method and holds only what differs from what it inherits: first the defaults of the classes,
then the tables of the method's parts. ``"lightgcn+text-ranking"`` inherits from ``"lightgcn"`` and ``"+text-ranking"``,
key by key. A table may hold

- ``model``, ``enhancer`` and ``trainer``: arguments; ``model.name`` where the method is not named for its model;
- ``blend``: a table for each closed form that is blended in, by name;
- ``warm_start``: whether training continues from the trained bare model;
- ``source``, always: origin of the values, one of :data:`SOURCES`; ``warm_start_source`` where ``warm_start`` has
another
  origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from ..._io import read_toml
from ...models import BACKBONES, ENHANCERS

SOURCES = ("published", "tuned on validation", "start value")
_FOLDER = Path(__file__).parent


def load_preset(dataset: str, method: str) -> dict[str, Any]:
    """Loads the settings of a method on a dataset, as :meth:`Recipe.from_dict <irllrec_pyg.recipes.Recipe.from_dict>`
    takes them.

    Args:
        dataset: Name of the dataset, such as ``"lastfm"``.
        method: A backbone, a closed form, a stand-alone model, ``"strong"``, the most accurate configuration without
            text, or ``"softmax"``, LightGCN of width 128 under the softmax; followed by ``"+"`` and the name of each
            enhancer, or by ``"+text"``, which blends in a closed form that reads texts.

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
    """Lists the methods that have a preset on a dataset, with at most one addition each.

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
    """Origin of the values of each table of a dataset, one of :data:`SOURCES`.

    Args:
        dataset: Name of the dataset.

    Examples:
        >>> preset_sources("yelp")["lightgcn"]
        'published'
    """
    return {name: table["source"] for name, table in _read(dataset).items()}


def preset_datasets() -> list[str]:
    """Names of the datasets that have presets.

    Examples:
        >>> preset_datasets()
        ['amazon-book', 'amazon-movie', 'google', 'lastfm', 'synthetic', 'yelp']
    """
    return sorted(file.stem for file in _FOLDER.glob("*.toml"))


@cache
def _read(dataset: str) -> dict[str, Any]:
    if dataset not in preset_datasets():
        raise ValueError(f"there are no presets for {dataset!r}; choose one of {', '.join(preset_datasets())}")
    return read_toml(_FOLDER / f"{dataset}.toml")


def _added(tables: Mapping[str, Any], base: str, name: str) -> dict[str, Any]:
    """Settings of an addition: the table that all backbones share, merged with the one for this base."""
    shared = tables.get(f"+{name}", {}) if base in BACKBONES else {}
    return _merge(shared, tables.get(f"{base}+{name}", {}))


def _merge(*tables: Mapping[str, Any]) -> dict[str, Any]:
    """Tables merged key by key; later tables replace earlier ones."""
    result: dict[str, Any] = {}
    for table in tables:
        for name, value in table.items():
            before = result.get(name)
            both = isinstance(value, Mapping) and isinstance(before, Mapping)
            result[name] = _merge(before or {}, value) if both else value
    return result
