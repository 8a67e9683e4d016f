"""Tries closed forms, the cheap ones first."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..recipes import Recipe
from . import journal
from .closed_forms import FAMILIES, Family, climb, free_memory
from .part import FAILURES, Part, describe

if TYPE_CHECKING:
    from .search import Search

#: Share of the budget after which no closed form is begun.
CLOSED_SHARE = 0.3


def try_closed_forms(search: Search) -> None:
    """Tries the closed forms that time and memory allow, with several arguments each.

    Args:
        search: The search.
    """
    for name, family in FAMILIES.items():
        if not family.reads_text:
            _try_family(search, name, family)
        for feature in search.features if family.reads_text else ():
            # The default is left out, so that one feature is one name.
            fixed = family.fixed if feature == "intent" else {**family.fixed, "features": feature}
            label = name if feature == "intent" else f"{name} ({feature})"
            _try_family(search, label, replace(family, fixed=fixed))


def _try_family(search: Search, name: str, family: Family) -> None:
    num_items = search.data["item"].num_nodes
    allowed = search.clock.left(CLOSED_SHARE)
    if family.memory(num_items) > 0.6 * free_memory():
        search.left_out[name] = f"it needs {family.memory(num_items) / 2**30:.1f} GiB of memory"
    elif (needed := family.seconds(num_items)) > max(allowed, 0.0) and search.best(name) is None:
        search.left_out[name] = f"it needs about {needed:.0f} s; closed forms have {max(allowed, 0.0):.0f} s left"
    else:
        inherited = {}
        for argument, (other, theirs) in family.inherits.items():
            if (best := search.best(other)) is None:
                search.left_out[name] = f"{other!r} was left out"
                return
            inherited[argument] = best.recipe["model"][theirs]
        fixed = {"name": family.name, **family.fixed}
        climb(
            family.axes,
            lambda point: _measure(search, name, family, {**fixed, **family.arguments({**inherited, **point})}),
        )


def _measure(search: Search, name: str, family: Family, model: dict[str, Any]) -> float | None:
    """Validation metric of a closed form; :obj:`None` if there is no time left for it."""
    recipe = Recipe(model)
    tables = recipe.to_dict()
    for known in journal.parts(search.closed_forms):
        if known.family == name and known.recipe == tables:
            return known.value
    if family.seconds(search.data["item"].num_nodes) > search.clock.left(CLOSED_SHARE):
        return None
    started = time.perf_counter()
    identity = recipe.identity(search.data, search.seed)
    part = Part(describe(recipe), name, tables, identity, 0.0, reads_text=family.reads_text)
    try:
        ranker = recipe.build(search.data, search.seed, progress=False).ranker
        part.metrics = search.evaluate(ranker)
        part.value = part.metrics[search.metric]
    except FAILURES as error:
        part.state, part.note = "failed", f"{type(error).__name__}: {error}"
    else:
        best = search.best(name)
        if best is None or part.value > best.value:  # only the best of a family is kept in memory
            search.rankers.pop("" if best is None else best.identity, None)
            search.rankers[part.identity] = ranker
    part.seconds = time.perf_counter() - started
    journal.add_part(search.closed_forms, part)
    search.report(part)
    return part.value
