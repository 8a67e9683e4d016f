"""Tries closed forms, the cheap ones first."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..recipes import Recipe
from . import journal
from .closed_forms import FAMILIES, Family, climb, free_memory
from .part import FAILURES, Part, describe

if TYPE_CHECKING:
    from .search import Search

#: Shares of the budget for closed forms: for those that invert no matrix, for those whose arguments do not depend on
#: others, for those without text, and for all of them.
CHEAP_SHARE, OWN_SHARE, PLAIN_SHARE, TEXT_SHARE = 0.1, 0.2, 0.27, 0.4

Measure = Callable[[dict[str, float]], float | None]


def try_closed_forms(search: Search) -> None:
    """Tries the closed forms that time and memory allow. Each is measured once, before the arguments of any are chosen;
    then the most accurate are the first whose arguments are.

    Args:
        search: The search.
    """
    plain = {name: family for name, family in FAMILIES.items() if not family.reads_text}
    reading = {}
    for name, family in FAMILIES.items():
        for feature in search.features if family.reads_text else ():
            # The default is left out, so that one feature is one name.
            fixed = family.fixed if feature == "intent" else {**family.fixed, "features": feature}
            reading[name if feature == "intent" else f"{name} ({feature})"] = replace(family, fixed=fixed)
    _try_families(search, {name: family for name, family in plain.items() if not family.inverses}, CHEAP_SHARE)
    _try_families(search, {name: family for name, family in plain.items() if not family.inherits}, OWN_SHARE)
    _try_families(search, {name: family for name, family in plain.items() if family.inherits}, PLAIN_SHARE)
    _try_families(search, reading, TEXT_SHARE)


def _try_families(search: Search, families: Mapping[str, Family], share: float) -> None:
    measures = {}
    for name, family in families.items():
        measure = _measure_of(search, name, family, share)
        if measure is not None and measure(family.start) is not None:
            measures[name] = measure
    value = {name: best.value for name in measures if (best := search.best(name)) is not None}
    for name in sorted(value, key=lambda name: -value[name]):
        climb(families[name].axes, measures[name])


def _measure_of(search: Search, name: str, family: Family, share: float) -> Measure | None:
    """Function that measures a family at some arguments; :obj:`None` if it is left out."""
    num_items, left = search.data["item"].num_nodes, max(_seconds_left(search, share), 0.0)
    needed = family.seconds(num_items)
    if family.memory(num_items) > 0.6 * free_memory():
        search.left_out[name] = f"it needs {family.memory(num_items) / 2**30:.1f} GiB of memory"
        return None
    if needed > left and search.best(name) is None:
        search.left_out[name] = f"it needs about {needed:.0f} s; closed forms have {left:.0f} s left"
        return None
    inherited = _inherited(search, family)

    def measure(point: dict[str, float]) -> float | None:
        model = {"name": family.name, **family.fixed, **family.arguments({**inherited, **point})}
        return _measure(search, name, family, model, share)

    return measure


def _inherited(search: Search, family: Family) -> dict[str, Any]:
    """Arguments that a family takes from the best of others."""
    found = {}
    for argument, others in family.inherits.items():
        tried = [part for other in others if (part := search.best(other)) is not None]
        given = max(tried, key=lambda part: part.value).recipe["model"] if tried else FAMILIES[others[0]].start
        if argument in given:
            found[argument] = given[argument]
    return found


def _seconds_left(search: Search, share: float) -> float:
    """Seconds that closed forms may still take. Only their own count, so that a larger budget later gives them more."""
    if search.clock.budget.seconds is None:
        return float("inf")
    taken = sum(part.seconds for part in journal.parts(search.closed_forms))
    return min(share * search.clock.budget.seconds - taken, search.clock.left(search.search_share))


def _measure(search: Search, name: str, family: Family, model: dict[str, Any], share: float) -> float | None:
    """Validation metric of a closed form; :obj:`None` if there is no time left for it."""
    recipe = Recipe(model)
    tables = recipe.to_dict()
    for known in journal.parts(search.closed_forms):
        if known.family == name and known.recipe == tables:
            return known.value
    if family.seconds(search.data["item"].num_nodes) > _seconds_left(search, share):
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
