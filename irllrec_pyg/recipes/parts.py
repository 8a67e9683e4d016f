"""Parts of a recipe, each with the class that it makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..data import CONTROLS
from ..training import Trainer
from .classes import check_arguments, closed_form_class, enhancer_class, model_class, with_defaults
from .tables import Table, plain

if TYPE_CHECKING:
    from .recipe import Recipe

_KINDS = {"model": Mapping, "enhancers": Sequence, "blend": Sequence, "text": Mapping, "trainer": Mapping}


@dataclass(frozen=True)
class Part:
    """A table of a recipe.

    Args:
        name: Name of the table in error messages and in the settings.
        cls: The class that the table makes.
        table: The table.
    """

    name: str
    cls: type[Any]
    table: Table


def parts_of(recipe: Recipe) -> list[Part]:
    """Parts of a recipe that rank: the model, its enhancers and what is blended in.

    Raises:
        ValueError: A name is missing or unknown.

    Examples:
        >>> from irllrec_pyg.recipes import Recipe
        >>> [part.name for part in parts_of(Recipe({"name": "ease"}, blend=[{"name": "popularity"}]))]
        ['model', 'blend.0']
    """
    enhancers = [Part(f"enhancers.{n}", enhancer_class(table), table) for n, table in enumerate(recipe.enhancers)]
    blend = [Part(f"blend.{n}", closed_form_class(table), table) for n, table in enumerate(recipe.blend)]
    return [Part("model", model_class(recipe.model), recipe.model), *enhancers, *blend]


def check_parts(recipe: Recipe) -> None:
    """Raises a :class:`ValueError` where the tables of a recipe are wrong or do not go together.

    Examples:
        >>> from irllrec_pyg.recipes import Recipe
        >>> check_parts(Recipe({"name": "ease"}))
    """
    for part in parts_of(recipe):
        check_arguments(part.cls, part.table, part.name, ("weight",) if part.name.startswith("blend") else ())
    check_arguments(Trainer, recipe.trainer, "trainer")
    if unknown := set(recipe.text) - {"encoder", "control"}:
        raise ValueError(f"'text' holds {', '.join(map(repr, sorted(unknown)))}; it takes 'encoder' and 'control'")
    if "control" in recipe.text:
        CONTROLS[recipe.text["control"]]
    if recipe.is_closed_form and (recipe.enhancers or recipe.start or recipe.trainer):
        raise ValueError(f"{recipe.model['name']!r} is not trained; leave out 'enhancers', 'start' and 'trainer'")
    if recipe.start is not None:
        if recipe.start.model != recipe.model:
            raise ValueError(f"'start' trains {recipe.start.model}, but 'model' is {recipe.model}; use the same")
        if recipe.start.enhancers or recipe.start.text:
            raise ValueError("'start' must be a bare model, and 'text' applies to it too; leave out both")


def plain_tables(recipe: Recipe) -> dict[str, Any]:
    """Copies of all tables of a recipe but ``start``, as plain data.

    Raises:
        ValueError: A table is of the wrong type, or a value is not plain.

    Examples:
        >>> from irllrec_pyg.recipes import Recipe
        >>> plain_tables(Recipe({"name": "ease"}))["model"]
        {'name': 'ease'}
    """
    for name, kind in _KINDS.items():
        value = getattr(recipe, name)
        if not isinstance(value, kind) or isinstance(value, str):
            expected = "a table" if kind is Mapping else "a list of tables"
            raise ValueError(f"{name!r} must be {expected} (got {value!r})")
    return {name: plain(getattr(recipe, name), name) for name in _KINDS}


def settings_of(recipe: Recipe) -> dict[str, Any]:
    """All settings of a recipe together with their defaults, except ``text``, which counts through its features.

    Examples:
        >>> from irllrec_pyg.recipes import Recipe
        >>> settings_of(Recipe({"name": "item-knn"}))
        {'model': {'k': 100, 'shrinkage': 10.0, 'name': 'item-knn'}}
    """
    found = {}
    for part in parts_of(recipe):
        weight = {"weight": 1.0} if part.name.startswith("blend") else {}
        found[part.name] = with_defaults(part.cls, {**weight, **part.table})
    if not recipe.is_closed_form:
        found["trainer"] = with_defaults(Trainer, recipe.trainer)
    if recipe.start is not None:
        found["start"] = settings_of(recipe.start)
    return found
