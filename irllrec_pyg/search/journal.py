"""Optuna studies in a journal file, which an interrupted search continues."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import BaseTrial, FrozenTrial, Trial, TrialState

from ..seeding import stream_seed
from .part import Part

_PART = "part"


def open_journal(file: Path) -> JournalStorage:
    """Opens a journal, or begins one. What a killed process left half-written is removed: the caller must be the only
    process that writes.

    Args:
        file: The journal file, which Optuna's own tools open too.

    Examples:
        >>> import tempfile
        >>> len(open_journal(Path(tempfile.mkdtemp()) / "journal.log").get_all_studies())
        0
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    file.parent.mkdir(parents=True, exist_ok=True)
    Path(f"{file}.lock").unlink(missing_ok=True)
    if file.is_file():
        content = file.read_bytes()
        if not content.endswith(b"\n"):
            with file.open("r+b") as stream:
                stream.truncate(content.rfind(b"\n") + 1)
    return JournalStorage(JournalFileBackend(str(file)))


def open_study(storage: JournalStorage, name: str, pruner: optuna.pruners.BasePruner | None = None) -> optuna.Study:
    """Opens a study of a journal, or begins one. A higher value is better.

    Args:
        storage: The journal.
        name: Name of the study.
        pruner: Stops trials that fall behind. (default: none)

    Examples:
        >>> import tempfile
        >>> storage = open_journal(Path(tempfile.mkdtemp()) / "journal.log")
        >>> len(open_study(storage, "models").trials)
        0
    """
    return optuna.create_study(
        storage=storage,
        study_name=name,
        direction="maximize",
        load_if_exists=True,
        pruner=pruner or optuna.pruners.NopPruner(),
    )


def next_trial(study: optuna.Study, seed: int, suggest: Callable[[BaseTrial], object]) -> Trial:
    """The trial that an interrupted process was working on, or one that waits, or a new one.

    The settings of a new trial depend on the finished ones, their number and the seed only, so that a search which was
    interrupted tries what an undisturbed one tries.

    Args:
        study: The study.
        seed: Seed of the search.
        suggest: Asks a trial for its settings.

    Examples:
        >>> next_trial(optuna.create_study(), 0, lambda trial: trial.suggest_int("x", 3, 3)).number
        0
    """
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    if running:
        return Trial(study, running[0]._trial_id)
    if not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        # All settings are known before anything is written: a kill leaves no trial with a part of them.
        known = finished(study)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(
                n_startup_trials=6, multivariate=True, group=True, seed=stream_seed(seed, len(known), "sampler") % 2**32
            )
        rehearsal = optuna.create_study(direction="maximize", sampler=sampler)
        rehearsal.add_trials(known)
        trial = rehearsal.ask()
        suggest(trial)
        study.enqueue_trial(trial.params)
    return study.ask()


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """Trials of a study that are not to be repeated.

    Args:
        study: The study.

    Examples:
        >>> finished(optuna.create_study())
        []
    """
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL))


def finish(study: optuna.Study, trial: Trial, part: Part) -> None:
    """Ends a trial.

    Args:
        study: The study.
        trial: The trial.
        part: What came of it.
    """
    trial.set_user_attr(_PART, part.to_dict())
    if part.state == "failed":
        study.tell(trial, state=TrialState.FAIL)
    elif part.state == "pruned":
        study.tell(trial, state=TrialState.PRUNED)
    else:
        study.tell(trial, part.value)


def add_part(study: optuna.Study, part: Part) -> None:
    """Adds a trial that is finished already.

    Args:
        study: The study.
        part: What was tried.

    Examples:
        >>> study = optuna.create_study(direction="maximize")
        >>> add_part(study, Part("ease", "ease", {"model": {"name": "ease", "l2_weight": 10.0}}, "0123", 0.1))
        >>> parts(study)[0].name
        'ease'
    """
    values = {name: float(value) for name, value in part.recipe["model"].items() if isinstance(value, int | float)}
    fixed: dict[str, optuna.distributions.BaseDistribution] = {
        name: optuna.distributions.FloatDistribution(value, value) for name, value in values.items()
    }
    state = TrialState.FAIL if part.state == "failed" else TrialState.COMPLETE
    study.add_trial(
        optuna.trial.create_trial(
            params=values,
            distributions=fixed,
            value=None if part.state == "failed" else part.value,
            state=state,
            user_attrs={_PART: part.to_dict()},
        )
    )


def parts(study: optuna.Study) -> list[Part]:
    """What the finished trials of a study came to, in their order. A model whose training was continued occurs once.

    Args:
        study: The study.

    Examples:
        >>> parts(optuna.create_study())
        []
    """
    found = [Part.from_dict(trial.user_attrs[_PART]) for trial in finished(study) if _PART in trial.user_attrs]
    return list({(part.family, part.identity): part for part in found}.values())


def continue_cut(study: optuna.Study) -> None:
    """Puts trials that the budget cut back to work, so that :func:`next_trial` returns them before all others.

    Args:
        study: The study.

    Examples:
        >>> study = optuna.create_study(direction="maximize")
        >>> suggest = lambda trial: trial.suggest_int("x", 0, 3)
        >>> trial = next_trial(study, 0, suggest)
        >>> chosen = suggest(trial)
        >>> finish(study, trial, Part("sgl", "sgl", {}, "0123", 0.1, state="cut"))
        >>> continue_cut(study)
        >>> suggest(next_trial(study, 0, suggest)) == chosen
        True
    """
    last = {str(sorted(trial.params.items())): trial for trial in study.get_trials(deepcopy=False)}
    for trial in last.values():
        if trial.user_attrs.get(_PART, {}).get("state") == "cut":
            again = optuna.trial.create_trial(
                state=TrialState.RUNNING,
                params=trial.params,
                distributions=trial.distributions,
                intermediate_values=trial.intermediate_values,
            )
            study.add_trial(again)
