"""Trains models, with settings that Optuna chooses."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import optuna

from ..recipes import Recipe, Run
from ..recommender import Source, save_model, save_sources
from ..training import TrainResult
from . import journal
from .part import FAILURES, Part, describe
from .space import methods, starts, suggest

if TYPE_CHECKING:
    from .search import Search


def try_models(search: Search) -> None:
    """Trains models until the budget is spent, at least one. Trials that were interrupted, or cut by an earlier and
    smaller budget, are continued.

    Args:
        search: The search.
    """
    num_items = search.data["item"].num_nodes
    allowed = methods(bool(search.features), num_items)

    def make(trial: optuna.trial.BaseTrial) -> Recipe:
        return suggest(trial, allowed, search.features, num_items, search.metric)

    first = starts(allowed, search.features)
    for start in first:
        search.models.enqueue_trial(start, skip_if_exists=True)
    if _time_for_a_model(search):
        journal.continue_cut(search.models)
    while _time_for_a_model(search):
        trial = journal.next_trial(search.models, search.seed, make)
        run = make(trial).build(search.data, search.seed, search.folder / "checkpoints", progress=False)
        part = _train(search, trial, run, prune=trial.params not in first)
        journal.finish(search.models, trial, part)
        search.report(part)
        if part.state != "cut":  # a larger budget continues it
            remove_checkpoint(run)


def _time_for_a_model(search: Search) -> bool:
    if search.clock.budget.trials is not None:
        return len(journal.finished(search.models)) < search.clock.budget.trials
    return search.clock.left(search.search_share) > 0 or not journal.finished(search.models)


def _train(search: Search, trial: optuna.trial.Trial, run: Run, prune: bool) -> Part:
    """Trains a model, and saves its ranker and its weights. A model that is pruned, or that fails, is only recorded.
    The first models, whose settings work on many datasets, are never pruned: a blend gains from models that differ."""
    recipe = run.recipe
    names = [str(table["name"]) for table in (recipe.model, *recipe.enhancers)]
    reads_text = bool(recipe.features_read)
    part = Part(describe(recipe), names[-1], recipe.to_dict(), run.identity, 0.0, reads_text=reads_text)

    def stop(result: TrainResult) -> bool:
        if not result.epoch:
            return False
        with warnings.catch_warnings():  # a resumed trial reports its last epoch again
            warnings.simplefilter("ignore")
            trial.report(result.history[-1][search.metric], result.epoch)
        if prune and trial.should_prune():
            part.state = "pruned"
        elif search.clock.left(search.search_share) < result.seconds / result.epoch:  # no time for another epoch
            part.state = "cut"
        return part.state != "complete"

    try:
        run.fit(stop)
        part.metrics = search.evaluate(run.ranker)
        if part.usable:
            save_sources(search.folder_of(run.identity), [Source.from_run(run)])
            save_model(search.folder_of(run.identity), run.ranker)  # type: ignore[arg-type]
    except FAILURES as error:
        part.state, part.note = "failed", f"{type(error).__name__}: {error}"
    if run.result is not None:
        part.seconds, part.epochs, part.value = run.result.seconds, run.result.epoch, run.result.best
        part.curve = [record[search.metric] for record in run.result.history]
    return part


def remove_checkpoint(run: Run) -> None:
    """Removes the checkpoint of a run whose ranker is saved.

    Args:
        run: The run.
    """
    if run.trainer is not None and run.trainer.checkpoint is not None:
        run.trainer.checkpoint.unlink(missing_ok=True)
