"""Settings of one recipe, chosen on the validation split."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState
from torch_geometric.data import HeteroData

from .._checks import check_at_least
from ..recipes import Recipe, Run
from .part import FAILURES

log = logging.getLogger(__name__)
#: Values to try for a setting: a pair ``(low, high)`` is a range on a logarithmic scale, a list is a choice.
Space = Mapping[str, "tuple[float, float] | list[Any]"]


@dataclass(frozen=True)
class TunedTrial:
    """Settings that were tried.

    Args:
        settings: Values by dotted names; empty for the recipe itself.
        value: What the objective gave; :obj:`None` if training failed.
        identity: Identity of the run, see :meth:`Recipe.identity <irllrec_pyg.recipes.Recipe.identity>`.

    Examples:
        >>> TunedTrial({"trainer.lr": 0.01}, 0.2).value
        0.2
    """

    settings: dict[str, Any]
    value: float | None
    identity: str = ""


@dataclass(frozen=True)
class Tuned:
    """What :func:`tune` found.

    Args:
        recipe: The recipe with the best settings.
        trials: Everything that was tried, in order.

    Examples:
        >>> trials = [TunedTrial({}, 0.1), TunedTrial({"trainer.lr": 0.01}, 0.2), TunedTrial({"trainer.lr": 9.0}, None)]
        >>> Tuned(Recipe({"name": "lightgcn"}), trials).best
        TunedTrial(settings={'trainer.lr': 0.01}, value=0.2, identity='')
    """

    recipe: Recipe
    trials: Sequence[TunedTrial]

    @property
    def best(self) -> TunedTrial:
        """The trial with the highest value."""
        return _best(self.trials)


def validation_ndcg(run: Run) -> float:
    """NDCG@20 on the validation split, the default objective of :func:`tune`.

    Args:
        run: A fitted run.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> 0 < validation_ndcg(Recipe({"name": "ease"}).fit(tiny_data())) < 1
        True
    """
    return run.evaluate("val")["ndcg@20"]


def tune(
    recipe: Recipe,
    data: HeteroData,
    space: Space,
    trials: int = 12,
    seed: int = 0,
    folder: str | Path | None = None,
    objective: Callable[[Run], float] = validation_ndcg,
    progress: bool = False,
) -> Tuned:
    """Searches settings of one recipe with the tree-structured Parzen estimator of
    `Optuna <https://arxiv.org/abs/1907.10902>`_.

    Choose it to compare methods on equal terms: give each the same number of trials. To find the most accurate ranker
    of any kind, call :func:`~irllrec_pyg.search.fit`. The first trial is the recipe as it is. The same seed tries the
    same settings.

    Args:
        recipe: The recipe.
        data: The data object. Only its training and validation splits are read.
        space: What to try, by the dotted names of :meth:`Recipe.replace <irllrec_pyg.recipes.Recipe.replace>`: a pair
            ``(low, high)`` is a range on a logarithmic scale, from which numbers of three digits are taken, and a list
            is a choice.
        trials: Number of settings to try. (default: ``12``)
        seed: Seed of training and of the search. (default: ``0``)
        folder: Folder of checkpoints. With it, the same call goes on where it was interrupted. (default: nothing is
            kept)
        objective: What to maximize; it takes a fitted run. (default: NDCG@20 on the validation split)
        progress: Whether to show the progress of each training. (default: ``False``)

    Raises:
        ValueError: An argument is out of range, a name of the space leads nowhere, or no trial gave a finite value.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> space = {"model.num_layers": [1, 2, 3], "trainer.lr": (1e-3, 1e-1)}
        >>> tuned = tune(Recipe({"name": "lightgcn"}, trainer={"max_epochs": 2}), tiny_data(), space, trials=4)
        >>> len(tuned.trials), tuned.trials[0].settings
        (4, {})
        >>> tuned.best.value >= tuned.trials[0].value
        True
    """
    check_at_least("trials", trials, 1)
    given = {name: _distribution(name, values) for name, values in space.items()}
    for name, values in space.items():
        recipe.replace({name: values[0]})  # raises if the name leads nowhere
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(n_startup_trials=min(4, trials), seed=seed)
    )
    known: dict[str, TunedTrial] = {}
    done: list[TunedTrial] = []
    for number in range(1, trials + 1):
        trial = study.ask(given if number > 1 else {})
        ranges = {name for name, values in space.items() if isinstance(values, tuple)}
        settings = {name: float(f"{x:.3g}") if name in ranges else x for name, x in trial.params.items()}
        key = json.dumps(settings, sort_keys=True)
        if key not in known:  # a small space is suggested again
            run = recipe.replace(settings).build(data, seed, folder, progress=progress)
            known[key] = TunedTrial(settings, _value(run, objective), run.identity)
        done.append(known[key])
        state = TrialState.FAIL if known[key].value is None else TrialState.COMPLETE
        study.tell(trial, known[key].value, state)
        log.info("trial %d of %d: %s with %s", number, trials, known[key].value, settings)
    return Tuned(recipe.replace(_best(done).settings), done)


def _distribution(name: str, values: Any) -> BaseDistribution:
    if isinstance(values, list) and values:
        return CategoricalDistribution(values)
    if not (isinstance(values, tuple) and len(values) == 2 and 0 < values[0] < values[1] < math.inf):
        raise ValueError(
            f"'space[{name!r}]' must be a pair (low, high) with 0 < low < high, or a list of values (got {values!r})"
        )
    return FloatDistribution(*values, log=True)


def _value(run: Run, objective: Callable[[Run], float]) -> float | None:
    try:
        value = objective(run.fit())
    except FAILURES as error:
        log.warning("training failed (%s: %s); the search goes on with other settings", type(error).__name__, error)
        return None
    return value if math.isfinite(value) else None


def _best(trials: Sequence[TunedTrial]) -> TunedTrial:
    values = {index: trial.value for index, trial in enumerate(trials) if trial.value is not None}
    if not values:
        raise ValueError("no trial gave a finite value; lower the learning rate in 'space'")
    return trials[max(values, key=values.__getitem__)]
