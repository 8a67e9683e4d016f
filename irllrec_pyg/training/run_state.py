"""The state of a training run, as a checkpoint file holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .checkpoint import read_checkpoint, write_checkpoint
from .result import TrainResult

State = dict[str, Tensor]


def snapshot(model: nn.Module) -> State:
    """Copy of a model's weights.

    Args:
        model: The model.

    Examples:
        >>> sorted(snapshot(torch.nn.Linear(2, 1)))
        ['bias', 'weight']
    """
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def save_run(
    path: Path,
    description: Mapping[str, Any],
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    best: State,
    result: TrainResult,
) -> None:
    """Writes all that a run needs to continue.

    Args:
        path: The checkpoint file.
        description: Settings, data and model of the run, in plain values.
        model: The model.
        optimizer: The optimizer.
        best: Weights of the best epoch.
        result: The result so far.
    """
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= {f"best.{name}": tensor for name, tensor in best.items()}
    for row, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{row}.{key}": value for key, value in state.items()}
    write_checkpoint(path, tensors, {"run": description, "result": asdict(result)})


def load_run(
    path: Path, description: Mapping[str, Any], model: nn.Module, optimizer: torch.optim.Optimizer
) -> tuple[TrainResult, State]:
    """Continues a run: loads its weights into the model and its state into the optimizer.

    Args:
        path: The checkpoint file.
        description: Settings, data and model that the run must have.
        model: The model.
        optimizer: The optimizer.

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
