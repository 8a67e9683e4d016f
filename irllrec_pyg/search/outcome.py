"""What a search chooses, and how it is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..data import INTERACTS, apply_control, versions
from ..ranking import (
    Blend,
    Ranker,
    Standardized,
    bootstrap_interval,
    device_of,
    evaluate_users,
    paired_bootstrap,
)
from ..recipes import Recipe
from ..recommender import Source
from .part import Part, candidates
from .report import Difference, Interval, Report
from .search import Search
from .shortlists import Shortlists
from .weights import choose_weights, leave_one_out

CONTROLS = ("random", "shuffled")


@dataclass
class Outcome:
    """What a search chose, and the rankers that it is compared with.

    Args:
        search: The search.
        parts: Parts that may have a weight, the best first.
        rankers: Their rankers.
        weights: Their weights, which sum to one.
        validation: Validation metric of the blend.
        without: Validation metric of the blend without each chosen part.
        others: Rankers to compare with on the test split, by name. (default: none)
        notes: Remarks for the report. (default: none)
    """

    search: Search
    parts: list[Part]
    rankers: list[Ranker]
    weights: list[float]
    validation: float
    without: dict[str, float]
    others: dict[str, Ranker] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def blend(self) -> Blend:
        """The chosen blend."""
        return blend(self.rankers, self.weights)

    @property
    def sources(self) -> list[Source]:
        """How the parts of the blend were made."""
        return [self.search.source(part) for part, weight in zip(self.parts, self.weights, strict=True) if weight]


def blend(rankers: Sequence[Ranker], weights: Sequence[float]) -> Blend:
    """Weighted sum of standardised rankers, without those of weight zero.

    Args:
        rankers: The rankers.
        weights: One weight per ranker.

    Examples:
        >>> import torch
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> part = EmbeddingRanker(torch.eye(2), torch.eye(2))
        >>> blend([part, part], [0.0, 1.0]).weights
        [1.0]
    """
    used = [(Standardized(ranker), weight) for ranker, weight in zip(rankers, weights, strict=True) if weight]
    return Blend(*zip(*used, strict=True))


def choose(search: Search, controls: bool = False) -> Outcome:
    """Chooses parts and weights on the validation split, and the rankers to compare with.

    Args:
        search: A search that has tried something.
        controls: Whether chosen parts that read texts are trained again on text controls. (default: ``False``)

    Raises:
        ValueError: Nothing that was tried can be used.
    """
    parts = candidates(search.parts())
    if not parts:
        raise ValueError("nothing that was tried can be used; raise 'budget', and see the failures in the journal")
    pairs, metric = search.data[INTERACTS], search.metric
    rankers = [search.ranker(part) for part in parts]
    lists = Shortlists(rankers, pairs.val_label_index, pairs.edge_index, seed=search.seed)
    weights, changes = leave_one_out(lists, metric, choose_weights(lists, metric))
    validation = search.evaluate(blend(rankers, weights))[metric]
    if validation < parts[0].value:  # the best single part, over all users
        weights, validation, changes = [1.0, *[0.0] * (len(parts) - 1)], parts[0].value, {}
    chosen = [row for row, weight in enumerate(weights) if weight]
    without = {parts[row].name: validation + change for row, change in changes.items()}
    outcome = Outcome(search, parts, rankers, weights, validation, without)
    if len(chosen) > 1:
        outcome.others[f"best single part: {parts[0].name}"] = rankers[0]
    ease = [row for row, part in enumerate(parts) if part.family == "ease"]
    if ease and chosen != ease:
        outcome.others[f"EASE alone{parts[ease[0]].name.removeprefix('ease')}"] = rankers[ease[0]]
    text = [row for row in chosen if parts[row].reads_text]
    if text:
        _compare_texts(outcome, lists, text, controls)
    elif search.features:
        outcome.notes.append("No part that reads texts was chosen: on the validation split, texts add nothing here.")
    return outcome


def _compare_texts(outcome: Outcome, lists: Shortlists, text: Sequence[int], controls: bool) -> None:
    """Adds the best blend without text, and the blend in which texts are replaced by controls."""
    search, parts, rankers = outcome.search, outcome.parts, outcome.rankers
    silent = [row for row, part in enumerate(parts) if not part.reads_text]
    if silent:
        fewer = lists.subset(silent)
        outcome.others["best blend without text"] = blend(
            [rankers[row] for row in silent], choose_weights(fewer, search.metric)
        )
    pairs = search.data[INTERACTS]
    for control in CONTROLS if controls else ():
        needed = sum(parts[row].seconds for row in text)
        if search.clock.left() < needed:
            outcome.notes.append(f"The control '{control}' was not run: it needs about {needed:.0f} s more.")
            continue
        search.say(f"control: {control} features")
        data = apply_control(search.data, control, search.features, search.seed)
        replaced = [search.fit_part(Recipe.from_dict(parts[row].recipe), data) for row in text]
        mixed = [*(rankers[row] for row in silent), *replaced]
        fewer = Shortlists(mixed, pairs.val_label_index, pairs.edge_index, seed=search.seed)
        outcome.others[f"blend with {control} features in place of texts"] = blend(
            mixed, choose_weights(fewer, search.metric)
        )


def measure(outcome: Outcome, settings: dict[str, Any]) -> Report:
    """Reads the test split once, and writes down everything.

    Args:
        outcome: What was chosen.
        settings: Settings of the search, for the report.
    """
    search, k = outcome.search, outcome.search.k
    pairs = search.data[INTERACTS]
    shown = [f"recall@{k[0]}", f"ndcg@{k[0]}"]
    shown += [search.metric] if search.metric not in shown else []
    users = {
        name: evaluate_users(ranker, pairs.test_label_index, pairs.edge_index, k).values
        for name, ranker in {"blend": outcome.blend, **outcome.others}.items()
    }
    test = {
        name: {one: Interval(float(found[one].double().mean()), *bootstrap_interval(found[one])) for one in shown}
        for name, found in users.items()
    }
    differences = [
        Difference(name, one, *paired_bootstrap(users["blend"][one], found[one]))
        for name, found in users.items()
        for one in shown
        if name != "blend"
    ]
    weights = {part.name: weight for part, weight in zip(outcome.parts, outcome.weights, strict=True) if weight}
    numbers = " ".join(f"{name}={number}" for name, number in versions().items())
    return Report(
        {**settings, "versions": numbers, "device": str(device_of(outcome.rankers[0]))},
        {},
        search.parts(),
        dict(search.left_out),
        weights,
        outcome.without,
        outcome.validation,
        test,
        differences,
        notes=outcome.notes,
    )
