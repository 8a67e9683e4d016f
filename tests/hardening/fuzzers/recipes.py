"""Recipes in TOML and JSON."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import tomli_w

from irllrec_pyg.recipes import Recipe
from irllrec_pyg.recipes.presets import load_preset, preset_names
from tests.hardening.damage import json_text, odd_bytes, odd_json, to_bytes
from tests.hardening.part import PARTS, Case


@PARTS.register("recipes")
class Recipes:
    """Odd values in the recipes of presets, and damaged bytes."""

    share = 170

    def __init__(self, folder: Path) -> None:
        self.tables = [load_preset("lastfm", name) for name in preset_names("lastfm")]

    def case(self, rng: random.Random, folder: Path) -> Case:
        tables: Any = rng.choice(self.tables)
        suffix, is_odd = rng.choice([".toml", ".json"]), rng.random() < 0.7
        if is_odd:
            tables = odd_json(rng, tables)
        try:
            content = to_bytes(json_text(rng, tables)) if suffix == ".json" else tomli_w.dumps(tables).encode()
        except (TypeError, ValueError, AttributeError, UnicodeError, OverflowError):  # TOML has no such value
            suffix, content = ".json", to_bytes(json_text(rng, tables))
        file = folder / f"recipe{suffix}"
        file.write_bytes(content if is_odd and rng.random() < 0.8 else odd_bytes(rng, content))
        return Case(lambda: Recipe.load(file), ("recipe.",), _check)


def _check(recipe: Recipe) -> None:
    assert Recipe.from_dict(recipe.to_dict()).to_dict() == recipe.to_dict()
