"""Epochs until the validation metric stops improving."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..nn.weights import has_finite_weights, snapshot
from ..ops.precision import use_matmul_precision
from .callbacks import call_back
from .logs import end_trackers, start_trackers
from .optimizers import step_scheduler
from .progress import Progress
from .result import TrainResult
from .run_state import State, load_run, save_run

if TYPE_CHECKING:
    from .trainer import Trainer


def fit_model(trainer: Trainer, resume: bool, stop: Callable[[TrainResult], bool] | None) -> TrainResult:
    """Trains the model of a trainer. See :meth:`Trainer.fit <irllrec_pyg.training.Trainer.fit>`.

    Args:
        trainer: The trainer.
        resume: Whether to continue from its checkpoint.
        stop: Called with the result before every epoch.

    Examples:
        >>> from irllrec_pyg.models import LightGCN
        >>> from irllrec_pyg.testing import tiny_data
        >>> from irllrec_pyg.training import Trainer
        >>> trainer = Trainer(LightGCN(24, 20), tiny_data(), max_epochs=2, progress=False)
        >>> fit_model(trainer, resume=True, stop=None).epoch
        2
    """
    accelerator, processes = trainer.accelerator, trainer.processes
    accelerator.wait_for_everyone()  # the first process may still write the checkpoint of an earlier fit
    processes.start_alike(trainer.model)
    result, best = TrainResult(), snapshot(trainer.model)
    if resume and trainer.checkpoint is not None and trainer.checkpoint.is_file():
        result, best = _resume(trainer, trainer.checkpoint)
    if accelerator.log_with:
        start_trackers(accelerator, {**trainer.settings, "model": trainer.model.description()})
    ends = False
    try:
        with (
            Progress(trainer.max_epochs, result.epoch, _first_line(trainer), quiet=not trainer.progress) as progress,
            use_matmul_precision(trainer.matmul_precision),
        ):
            while not (ends or result.ends(trainer.max_epochs, trainer.patience)):
                if stop is not None and processes.decide(bool(stop(result))):
                    break
                _train_epoch(trainer, result, best, progress)
                ends = call_back(trainer.callbacks, trainer, result)
    finally:  # also where a run that diverged, or was interrupted, ends with an error
        if result.best_epoch or not has_finite_weights(trainer.model):
            trainer.model.load_state_dict(best)
        trainer.model.eval()
    if trainer.end_training:
        end_trackers(accelerator)
    return result


def _train_epoch(trainer: Trainer, result: TrainResult, best: State, progress: Progress) -> None:
    """Trains and evaluates one epoch, and records it. ``result`` and ``best`` are changed."""
    started, metric = time.perf_counter(), trainer.metric
    record = {"epoch": result.epoch + 1, **trainer.train_epoch(result.epoch + 1)}
    result.epoch += 1
    if trainer.scheduler is not None:
        record["lr"] = trainer.optimizer.param_groups[0]["lr"]
    if result.epoch % trainer.eval_every == 0 or result.epoch == trainer.max_epochs:
        record |= trainer.evaluate("val")
        if result.update(record[metric]):
            best.update(snapshot(trainer.model))
    step_scheduler(trainer.scheduler, record.get(metric))
    record["seconds"] = time.perf_counter() - started
    result.seconds += record["seconds"]
    result.history.append(record)
    is_logged = metric in record or result.epoch % trainer.log_every == 0
    if is_logged:
        trainer.accelerator.log(record, step=result.epoch)
    if trainer.checkpoint is not None and metric in record and trainer.accelerator.is_main_process:
        run = trainer.description, trainer.model, trainer.optimizer, best, result, trainer.scheduler
        save_run(trainer.checkpoint, *run)
    shown = {"loss": record["loss"], metric: result.best} if result.best_epoch else {"loss": record["loss"]}
    progress.update(result.epoch, shown, say=is_logged)


def _resume(trainer: Trainer, file: Path) -> tuple[TrainResult, State]:
    result, best = load_run(file, trainer.description, trainer.model, trainer.optimizer, trainer.scheduler)
    last = result.last_epoch(trainer.metric, trainer.max_epochs, trainer.patience)
    if last < result.epoch:
        raise ValueError(
            f"'{file}' holds a run of {result.epoch} epochs, but with max_epochs={trainer.max_epochs} and "
            f"patience={trainer.patience} it ends after {last}; use another file, or fit(resume=False)"
        )
    return result, best


def _first_line(trainer: Trainer) -> str:
    count, batch = trainer.processes.share.count, trainer.sampler.batch_size
    return (
        f"training in {count} process{'es' if count > 1 else ''} on {trainer.accelerator.device.type}: "
        f"{len(trainer.sampler)} steps per epoch, each of {batch} interactions"
    )
