"""Hyper-parameters as data."""

from __future__ import annotations

import sys
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Any

from ..models import BACKBONES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def load_preset(dataset: str, method: str) -> dict[str, Any]:
    """Arguments for a method on a dataset, ``load_preset("amazon-movie", "lightgcn")``.

    Args:
        dataset: ``"amazon-book"``, ``"amazon-movie"``, ``"yelp"``, ``"lastfm"`` or ``"synthetic"``.
        method: A backbone's name, backbone and enhancer as in ``"lightgcn+irllrec"``, a closed form's name, or
            ``"strong"``, the most accurate configuration that needs no text. ``"+text"`` is a bare backbone, blended
            with a closed form that reads texts.

    Returns:
        ``name``, that of the backbone or closed form; ``backbone``, ``enhancer``, ``blend`` and ``trainer``, each a
        dictionary of arguments; ``warm_start``, whether the enhancer is to wrap a backbone that is trained already.
        What an enhanced backbone's preset leaves out is that of the bare one.

    Raises:
        ValueError: There is no such preset; the message lists those that exist.
    """
    presets = _read()
    if method not in preset_names(dataset):
        raise ValueError(
            f"there is no preset {method!r} for {dataset!r}; choose one of {', '.join(preset_names(dataset))}"
        )
    name, _, enhancer = method.partition("+")
    shared = f"+{enhancer}" if name in BACKBONES and enhancer else ""
    tables = [presets[dataset].get(key, {}) for key in (name, shared, method)]
    default = {"name": name, "backbone": {}, "enhancer": {}, "blend": {}, "trainer": {}, "warm_start": False}
    for table in tables:
        default |= table
    return deepcopy(default)


def preset_names(dataset: str) -> list[str]:
    """All methods that :func:`load_preset` takes for a dataset.

    Args:
        dataset: As there.

    Raises:
        ValueError: There are no presets for it; the message lists the datasets that have some.
    """
    presets = _read()
    if dataset not in presets:
        raise ValueError(f"there are no presets for {dataset!r}; choose one of {', '.join(sorted(presets))}")
    own = {name for name in presets[dataset] if not name.startswith("+")}
    shared = {name for name in presets[dataset] if name.startswith("+")}
    return sorted(own | {backbone + enhancer for backbone in own & BACKBONES.keys() for enhancer in shared})


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "presets.toml").read_text(encoding="utf-8"))
