"""Training on more data: from trained weights, or from the beginning for a fixed number of epochs."""

from __future__ import annotations

import warnings
from copy import copy
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from torch_geometric.data import HeteroData

from ...data import INTERACTS, sample_users
from ...ranking import Ranker
from .grow import grow
from .source import Source, state_of

if TYPE_CHECKING:
    from ...recipes import Recipe, Run

#: Fewest epochs by default, and the share of the learning rate, chosen on the validation split of Last.fm.
LEAST_EPOCHS, LR_SHARE = 3, 0.5
#: Largest number of users whose validation items say whether the new weights are better.
MOST_USERS = 1_000

_HELD_OUT = ("val_label_index", "test_label_index")


def warm_start(
    source: Source, before: HeteroData, after: HeteroData, epochs: int | None = None
) -> tuple[Ranker, Source]:
    """Makes a ranker again from more data. A closed form is computed again. A model continues from its weights for a
    few epochs, at half the learning rate. The weights after the last epoch count, or those before the first one where
    they are better on the validation items of at most 1,000 users.

    Args:
        source: How it was made.
        before: The data object that it was made from.
        after: The larger data object.
        epochs: Number of epochs. (default: a tenth of those that the model was trained for, at least three)

    Returns:
        The ranker, and how it was made.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> warm_start(Source({"model": {"name": "ease"}}), tiny_data(), tiny_data())[0]
        EASE(24, 20)
    """
    from ...recipes import Recipe

    recipe = Recipe.from_dict(source.recipe)
    if recipe.is_closed_form or source.state is None:
        return _train_anew(recipe, source, after)
    epochs = max(LEAST_EPOCHS, ceil(source.epochs / 10)) if epochs is None else epochs
    settings = {"max_epochs": epochs, "eval_every": epochs, "lr": LR_SHARE * recipe.trainer.get("lr", 1e-3)}
    short = replace(recipe, start=None, trainer={**recipe.trainer, **settings})
    run = _build(short, _with_fewer_users(after), source.seed)
    assert run.trainer is not None
    try:
        start = grow(source.state, run.model.state_dict(), before, after)
    except ValueError as error:
        warnings.warn(f"{error}; {recipe.model['name']!r} is trained from the beginning", stacklevel=2)
        return _train_anew(recipe, source, after)
    run.model.load_state_dict(start)
    if _is_held_out(after):
        at_start = run.trainer.evaluate("val")[run.trainer.metric]
        result = run.trainer.fit()
        if result.best <= at_start:
            run.model.load_state_dict(start)
    else:
        _train(run, epochs)
    return run.ranker, replace(source, state=state_of(run.model))


def train_exactly(source: Source, data: HeteroData) -> tuple[Ranker, Source]:
    """Makes a ranker from the beginning, with exactly the number of epochs that was best before. Nothing is held out,
    so that ``data`` may have all interactions in its training split.

    Args:
        source: How it was made before.
        data: The data object.

    Returns:
        The ranker, and how it was made.

    Raises:
        ValueError: The recipe has a ``start``, which has epochs of its own.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> source = Source({"model": {"name": "lightgcn"}}, epochs=2)
        >>> train_exactly(source, tiny_data())[0]
        PropagatedRanker(24, 20, embedding_dim=32)
    """
    from ...recipes import Recipe

    recipe = Recipe.from_dict(source.recipe)
    if recipe.start is not None:
        raise ValueError("a recipe with 'start' needs held-out interactions; leave out 'start'")
    run = _build(recipe, data, source.seed)
    if run.trainer is None:
        return run.ranker, source
    _train(run, source.epochs)
    return run.ranker, replace(source, state=state_of(run.model))


def _train_anew(recipe: Recipe, source: Source, data: HeteroData) -> tuple[Ranker, Source]:
    if not _is_held_out(data):
        return train_exactly(source, data)
    run = recipe.fit(data, source.seed, progress=False)
    return run.ranker, Source.from_run(run)


def _with_fewer_users(data: HeteroData) -> HeteroData:
    """Copy of the data with the validation items of some users, whose lists take less time to measure."""
    result = copy(data)
    result[INTERACTS].val_label_index = sample_users(data[INTERACTS].val_label_index, MOST_USERS)
    return result


def _is_held_out(data: HeteroData) -> bool:
    return all(data[INTERACTS][name].size(1) for name in _HELD_OUT)


def _build(recipe: Recipe, data: HeteroData, seed: int) -> Run:
    """Builds a run. Splits without interactions, which a trainer refuses, are replaced by the training split; they are
    not read."""
    filled = copy(data)
    for name in _HELD_OUT:
        if not data[INTERACTS][name].size(1):
            filled[INTERACTS][name] = data[INTERACTS].edge_index
    return recipe.build(filled, seed, progress=False)


def _train(run: Run, epochs: int) -> None:
    assert run.trainer is not None
    for epoch in range(1, epochs + 1):
        run.trainer.train_epoch(epoch)
    run.model.eval()
