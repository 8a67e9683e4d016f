"""Classes that the tables of a recipe name, and the arguments that these take."""

from __future__ import annotations

import difflib
import inspect
import json
from collections.abc import Mapping
from typing import Any

from ..models import BACKBONES, CLOSED_FORMS, ENHANCERS, STANDALONE
from ..training import Trainer
from .tables import Table, arguments

# Arguments that a recipe sets itself: from the data, the seed and the folder, or because they change no result.
_NOT_IN_TABLES = {"self", "data", "pairs", "num_users", "num_items", "backbone", "model"}
_NOT_IN_TRAINER = {"seed", "blend_with", "checkpoint", "accelerator", "progress", "log_every", "end_training"}
_NOT_IN_TRAINER |= {"optimizer", "scheduler", "callbacks", "metrics"}  # they are no plain data


def model_class(table: Table) -> type[Any]:
    """Class of the backbone, closed form or stand-alone model that a table names.

    Raises:
        ValueError: The table has no name, or there is no such model.

    Examples:
        >>> model_class({"name": "ease"}).__name__
        'EASE'
    """
    known: dict[str, type[Any]] = {**BACKBONES, **CLOSED_FORMS, **STANDALONE}
    name = _name_of(table, "model")
    if name not in known:
        raise ValueError(f"there is no model {name!r}; choose one of {', '.join(sorted(known))}")
    return known[name]


def enhancer_class(table: Table) -> type[Any]:
    """Class of the enhancer that a table names.

    Raises:
        ValueError: The table has no name, or there is no such enhancer.

    Examples:
        >>> enhancer_class({"name": "irllrec"}).__name__
        'IRLLRec'
    """
    return ENHANCERS[_name_of(table, "enhancers")]


def closed_form_class(table: Table) -> type[Any]:
    """Class of the closed form that a table names.

    Raises:
        ValueError: The table has no name, or there is no such closed form.

    Examples:
        >>> closed_form_class({"name": "item-knn"}).__name__
        'ItemKNN'
    """
    return CLOSED_FORMS[_name_of(table, "blend")]


def with_defaults(cls: type[Any], table: Table) -> dict[str, Any]:
    """A table together with the defaults of the arguments that it leaves out, so that a written default and an omitted
    one are the same.

    Args:
        cls: The class that the table makes.
        table: The table.

    Examples:
        >>> with_defaults(model_class({"name": "ease"}), {"name": "ease"})["l2_weight"]
        200.0
    """
    hidden = _NOT_IN_TABLES | (_NOT_IN_TRAINER if issubclass(cls, Trainer) else set())
    found = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in _parameters(cls)[0].items()
        if value is not inspect.Parameter.empty
        and name not in hidden
        # What a trainer does not do by default does not count, so that runs keep their identity when it is added.
        and not (value is None and issubclass(cls, Trainer))
    }
    if "features" in found and found["features"] is None:
        found["features"] = cls.reads
    return {**found, **table}


def check_arguments(cls: type[Any], table: Table, part: str, extra: tuple[str, ...] = ()) -> None:
    """Raises a :class:`ValueError` where a table names an argument that a class does not take.

    Args:
        cls: The class that the table makes.
        table: The table.
        part: Name of the table in error messages.
        extra: Further names that the table may hold. (default: none)

    Examples:
        >>> check_arguments(model_class({"name": "item-knn"}), {"name": "item-knn", "h": 1.0}, "model")
        Traceback (most recent call last):
        ValueError: 'model' has the argument 'h', which ItemKNN does not take; known: k, shrinkage
    """
    parameters, takes_all = _parameters(cls)
    hidden = _NOT_IN_TABLES | (_NOT_IN_TRAINER if issubclass(cls, Trainer) else set())
    known = ({*parameters} - hidden) | {*extra}
    for name in arguments(table):
        if name not in known and not takes_all:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise ValueError(
                f"{part!r} has the argument {name!r}, which {cls.__name__} does not take; {hint}known: "
                f"{', '.join(sorted(known))}"
            )


def _name_of(table: Any, part: str) -> str:
    if not isinstance(table, Mapping) or not isinstance(table.get("name"), str):
        raise ValueError(f"every table of '{part}' needs a 'name' (got {json.dumps(table, default=repr)})")
    return str(table["name"])


def _parameters(cls: type[Any]) -> tuple[dict[str, Any], bool]:
    """Arguments of a class with their defaults, including those of ``from_data`` and of base classes; and whether the
    class takes any argument."""
    found: dict[str, Any] = {}
    functions = [cls.from_data] if hasattr(cls, "from_data") else []
    functions += [owner.__dict__["__init__"] for owner in cls.__mro__ if "__init__" in owner.__dict__]
    kinds: set[Any] = set()
    for function in functions:
        parameters = inspect.signature(function).parameters.values()
        kinds = {parameter.kind for parameter in parameters}
        for parameter in parameters:
            variable = parameter.kind in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
            if not variable and "Tensor" not in str(parameter.annotation):  # no table holds a tensor
                found.setdefault(parameter.name, parameter.default)
        if inspect.Parameter.VAR_KEYWORD not in kinds:
            break
    return found, inspect.Parameter.VAR_KEYWORD in kinds
