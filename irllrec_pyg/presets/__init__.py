"""Hyper-parameters as data."""

from __future__ import annotations

import sys
from copy import deepcopy
from importlib.resources import files
from typing import Any

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
    presets = tomllib.loads((files(__package__) / "presets.toml").read_text(encoding="utf-8"))
    if dataset not in presets:
        raise ValueError(f"there are no presets for {dataset!r}; choose one of {', '.join(sorted(presets))}")
    if method not in presets[dataset]:
        raise ValueError(
            f"there is no preset {method!r} for {dataset!r}; choose one of {', '.join(sorted(presets[dataset]))}"
        )
    name = method.partition("+")[0]
    default = {"name": name, "backbone": {}, "enhancer": {}, "blend": {}, "trainer": {}, "warm_start": False}
    return deepcopy(default | presets[dataset].get(name, {}) | presets[dataset][method])
