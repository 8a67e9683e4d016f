"""Rankers that a search has tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from ..recipes import Recipe

#: What may go wrong with a single ranker, without an end of the search.
FAILURES: tuple[type[BaseException], ...] = (
    FloatingPointError,
    MemoryError,
    torch.OutOfMemoryError,
    torch.linalg.LinAlgError,  # type: ignore[attr-defined]
)


@dataclass
class Part:
    """A ranker that a search has tried, without the ranker itself.

    Args:
        name: Its name in the report, such as ``"ease (l2_weight 100)"``.
        family: What it is a variant of, such as ``"ease"``.
        recipe: Its recipe as plain data.
        identity: Hash of everything that it depends on.
        value: The validation metric by which it was chosen.
        metrics: All metrics of the validation split. (default: none)
        seconds: Seconds that it took. (default: ``0.0``)
        epochs: Number of epochs. (default: ``0``, for a closed form)
        curve: The validation metric after each evaluation. (default: none)
        reads_text: Whether it reads text features. (default: ``False``)
        state: ``"complete"``, ``"pruned"``, ``"cut"`` by the budget, or ``"failed"``. (default: ``"complete"``)
        note: What went wrong, if it failed. (default: nothing)

    Examples:
        >>> part = Part("ease", "ease", {"model": {"name": "ease"}}, "0123", 0.1)
        >>> Part.from_dict(part.to_dict()) == part
        True
    """

    name: str
    family: str
    recipe: dict[str, Any]
    identity: str
    value: float
    metrics: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    epochs: int = 0
    curve: list[float] = field(default_factory=list)
    reads_text: bool = False
    state: str = "complete"
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The part as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Part:
        """Makes a part from plain data, as :meth:`to_dict` returns it."""
        return cls(**content)

    @property
    def usable(self) -> bool:
        """Whether it can be part of a blend."""
        return self.state in ("complete", "cut")


def describe(recipe: Recipe) -> str:
    """Name of a recipe in a report: its model and enhancers, their arguments, and how it is trained.

    Args:
        recipe: The recipe.

    Examples:
        >>> describe(Recipe({"name": "ease", "l2_weight": 100.0}))
        'ease (l2_weight 100)'
        >>> describe(Recipe({"name": "lightgcn"}, [{"name": "text-ranking", "temperature": 0.1}], trainer={"lr": 0.01}))
        'lightgcn + text-ranking (lr 0.01; text-ranking: temperature 0.1)'
    """
    names = [str(table["name"]) for table in (recipe.model, *recipe.enhancers)]
    training = [f"{name} {recipe.trainer[name]:g}" for name in ("lr", "batch_size") if name in recipe.trainer]
    groups = [", ".join([*_settings(recipe.model), *training])]
    for table in recipe.enhancers:  # a model and an enhancer may have arguments of one name
        values = ", ".join(_settings(table))
        groups.append(f"{table['name']}: {values}" if values else "")
    settings = "; ".join(filter(None, groups))
    return " + ".join(names) + (f" ({settings})" if settings else "")


def _settings(table: Mapping[str, Any]) -> list[str]:
    """Arguments of a model or an enhancer, in words."""
    values = []
    for name, value in table.items():
        if isinstance(value, Mapping):
            values += [f"{key} {entry:g}" for key, entry in value.items() if key != "name"]
        elif name not in ("name", "l2_weight") or (name == "l2_weight" and value):
            values.append(f"{name} {value:g}" if isinstance(value, int | float) else f"{name} {value}")
    return values


def candidates(parts: Sequence[Part], most: int = 16) -> list[Part]:
    """Parts worth blending, the best first: the best of every family, and the best of the other trained models.

    Args:
        parts: All parts.
        most: Largest number of parts. (default: ``16``)

    Examples:
        >>> parts = [Part("a", "ease", {}, "1", 0.1), Part("b", "ease", {}, "2", 0.3), Part("c", "sgl", {}, "3", 0.2)]
        >>> [part.name for part in candidates(parts, most=2)]
        ['b', 'c']
    """
    usable = sorted((part for part in parts if part.usable), key=lambda part: -part.value)
    unique = list({part.identity: part for part in reversed(usable)}.values())[::-1]
    first = list({part.family: part for part in reversed(unique)}.values())[::-1]
    chosen = sorted(first, key=lambda part: -part.value)[:most]
    rest = [part for part in unique if part not in chosen and part.epochs]
    return sorted([*chosen, *rest[: most - len(chosen)]], key=lambda part: -part.value)
