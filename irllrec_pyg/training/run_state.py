"""The state of a training run, as a checkpoint file holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler

from .._locks import file_lock
from .checkpoint import read_checkpoint, write_checkpoint
from .optimizers import load_schedule, schedule_state
from .result import TrainResult

if TYPE_CHECKING:
    from .trainer import Trainer

State = dict[str, Tensor]
Arguments = ParamSpec("Arguments")


def one_run_at_a_time(
    fit: Callable[Concatenate[Trainer, Arguments], TrainResult],
) -> Callable[Concatenate[Trainer, Arguments], TrainResult]:
    """Lets one run at a time work on the checkpoint of a trainer.

    Args:
        fit: A method that trains, and that raises a :exc:`RuntimeError` now if another run works on the checkpoint.
    """

    @wraps(fit)
    def locked(trainer: Trainer, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> TrainResult:
        if trainer.checkpoint is None or not trainer.accelerator.is_main_process:
            return fit(trainer, *args, **kwargs)
        with file_lock(trainer.checkpoint):
            return fit(trainer, *args, **kwargs)

    return locked


def save_run(
    path: Path,
    description: Mapping[str, Any],
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    best: State,
    result: TrainResult,
    scheduler: LRScheduler | None = None,
) -> None:
    """Writes all that a run needs to continue.

    Args:
        path: The checkpoint file.
        description: Settings, data and model of the run, in plain values.
        model: The model.
        optimizer: The optimizer.
        best: Weights of the best epoch.
        result: The result so far.
        scheduler: The scheduler, if there is one. (default: :obj:`None`)
    """
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= {f"best.{name}": tensor for name, tensor in best.items()}
    for row, state in optimizer.state_dict()["state"].items():
        # What is None is not set yet, as the momentum of SGD without momentum.
        values = {key: torch.as_tensor(value) for key, value in state.items() if value is not None}
        tensors |= {f"optimizer.{row}.{key}": value for key, value in values.items()}
    schedule = {} if scheduler is None else {"schedule": schedule_state(optimizer, scheduler)}
    write_checkpoint(path, tensors, {"run": description, "result": asdict(result), **schedule})


def load_run(
    path: Path,
    description: Mapping[str, Any],
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    scheduler: LRScheduler | None = None,
) -> tuple[TrainResult, State]:
    """Continues a run: loads its weights into the model and its state into the optimizer and the scheduler.

    Args:
        path: The checkpoint file.
        description: Settings, data and model that the run must have.
        model: The model.
        optimizer: The optimizer.
        scheduler: The scheduler, if there is one. (default: :obj:`None`)

    Returns:
        The result so far, and the weights of the best epoch.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged, or belongs to another run; the message says what differs.
    """
    tensors, meta = read_checkpoint(path)
    differences = compare(meta.get("run", {}), description)
    if differences:
        raise ValueError(
            f"'{path}' belongs to another run ({'; '.join(differences[:5])}); use another file, or fit(resume=False)"
        )
    parts: dict[str, State] = {"model": {}, "best": {}, "optimizer": {}}
    for name, tensor in tensors.items():
        part, rest = name.split(".", 1)
        parts[part][rest] = tensor
    model.load_state_dict(parts["model"])
    state: dict[int, State] = {}
    for name, tensor in parts["optimizer"].items():
        row, key = name.split(".", 1)
        state.setdefault(int(row), {})[key] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    if scheduler is not None:
        load_schedule(meta["schedule"], optimizer, scheduler)
    return TrainResult(**meta["result"]), parts["best"]


def compare(before: Any, now: Any, name: str = "") -> list[str]:
    """Differences of two descriptions, by dotted names.

    Args:
        before: The first description.
        now: The second description.
        name: Name of what is compared. (default: none)

    Examples:
        >>> compare({"lr": 0.1, "model": {"class": "SGL"}}, {"lr": 0.1, "model": {"class": "LightGCN"}})
        ["model.class was 'SGL', is 'LightGCN'"]
    """
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        return [
            difference
            for key in {**before, **now}
            for difference in compare(before.get(key), now.get(key), f"{name}.{key}" if name else key)
        ]
    return [] if before == now else [f"{name} was {before!r}, is {now!r}"]
