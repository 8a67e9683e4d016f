"""Optimizers and learning rate schedulers of a run: how they are built, described, and continued."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, ReduceLROnPlateau

from .._config import class_name
from ..data import digest

#: An optimizer, or a function that makes one from parameters.
OptimizerLike: TypeAlias = Optimizer | Callable[[Iterable[nn.Parameter]], Optimizer]
#: A scheduler, or a function that makes one from an optimizer.
SchedulerLike: TypeAlias = LRScheduler | Callable[[Optimizer], LRScheduler]

_EPOCHS_COMPARED = 1000  # epochs over which two functions of the epoch must agree to be the same


def make_optimizer(optimizer: OptimizerLike | None, model: nn.Module, lr: float) -> Optimizer:
    """Makes the optimizer of a model.

    Args:
        optimizer: An optimizer of the model's parameters, or a function that makes one; :obj:`None` for Adam.
        model: The model.
        lr: Learning rate of Adam.

    Raises:
        TypeError: ``optimizer`` is neither, or needs a closure.
        ValueError: It holds parameters of another model.

    Examples:
        >>> make_optimizer(torch.optim.SGD, torch.nn.Linear(2, 1), lr=1e-3).defaults["lr"]
        0.001
    """
    if optimizer is None:
        return Adam(model.parameters(), lr=lr, fused=True)
    result = optimizer if isinstance(optimizer, Optimizer) else optimizer(model.parameters())
    if not isinstance(result, Optimizer):
        raise TypeError(f"'optimizer' must be, or make, a torch.optim.Optimizer (got {type(result).__name__})")
    closure = inspect.signature(type(result).step).parameters.get("closure")
    if closure is not None and closure.default is inspect.Parameter.empty:
        raise TypeError(f"'optimizer' is {type(result).__name__}, which needs a closure; use one that does not")
    own = {id(parameter) for parameter in model.parameters()}
    if any(id(parameter) not in own for group in result.param_groups for parameter in group["params"]):
        raise ValueError("'optimizer' holds parameters that are not the model's; make it from model.parameters()")
    return result


def make_scheduler(scheduler: SchedulerLike | None, optimizer: Optimizer) -> LRScheduler | None:
    """Makes the scheduler of an optimizer.

    Args:
        scheduler: A scheduler of the optimizer, or a function that makes one; :obj:`None` for none.
        optimizer: The optimizer.

    Raises:
        TypeError: ``scheduler`` is neither.
        ValueError: It changes another optimizer, or minimizes the validation metric.

    Examples:
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
        >>> make_scheduler(lambda optimizer: torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5), optimizer).gamma
        0.5
    """
    if scheduler is None:
        return None
    result = scheduler if isinstance(scheduler, LRScheduler) else scheduler(optimizer)
    if not isinstance(result, LRScheduler):
        raise TypeError(f"'scheduler' must be, or make, a scheduler of torch.optim (got {type(result).__name__})")
    if result.optimizer is not optimizer:
        raise ValueError("'scheduler' changes another optimizer; pass that one as 'optimizer', or a function")
    if isinstance(result, ReduceLROnPlateau) and result.mode != "max":
        raise ValueError("'scheduler' is ReduceLROnPlateau with mode='min', but metrics grow; use mode='max'")
    return result


def step_scheduler(scheduler: LRScheduler | None, value: float | None) -> None:
    """Ends an epoch for a scheduler.

    Args:
        scheduler: The scheduler, if there is one.
        value: The validation metric, if the epoch was evaluated. :class:`~torch.optim.lr_scheduler.ReduceLROnPlateau`
            takes a step only then.
    """
    if isinstance(scheduler, ReduceLROnPlateau):
        if value is not None:
            scheduler.step(value)
    elif scheduler is not None:
        scheduler.step()


def describe_optimizer(optimizer: Optimizer) -> dict[str, Any]:
    """Class and settings of an optimizer, by which a resumed run recognises it.

    Args:
        optimizer: The optimizer.

    Examples:
        >>> description = describe_optimizer(torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5))
        >>> description["class"], description["groups"][0]["lr"]
        ('torch.optim.sgd.SGD', 0.5)
    """
    groups = [{**group, "params": len(group["params"])} for group in optimizer.param_groups]
    for group in groups:  # a scheduler that exists already has noted the learning rate, and may have changed it
        group["lr"] = group.pop("initial_lr", group["lr"])
    return {"class": class_name(type(optimizer)), "groups": _described(groups)}


def describe_scheduler(scheduler: LRScheduler) -> dict[str, Any]:
    """Class and settings of a scheduler before its first epoch, by which a resumed run recognises it.

    Args:
        scheduler: The scheduler.

    Examples:
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
        >>> describe_scheduler(torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5))["gamma"]
        0.5
    """
    described = {"class": class_name(type(scheduler)), **_described(scheduler.state_dict())}
    if isinstance(scheduler, LambdaLR):  # its functions are no part of its state
        described["lr_lambdas"] = [digest([float(f(n)) for n in range(_EPOCHS_COMPARED)]) for f in scheduler.lr_lambdas]
    return described


def schedule_state(optimizer: Optimizer, scheduler: LRScheduler) -> dict[str, Any]:
    """Where a schedule is: the state of the scheduler, and the settings of the optimizer that it changes.

    Args:
        optimizer: The optimizer.
        scheduler: The scheduler.

    Examples:
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
        >>> schedule_state(optimizer, torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5))["scheduler"]["last_epoch"]
        0
    """
    groups = [{name: value for name, value in group.items() if name != "params"} for group in optimizer.param_groups]
    return {"scheduler": _plain(scheduler.state_dict()), "groups": _plain(groups)}


def load_schedule(state: Mapping[str, Any], optimizer: Optimizer, scheduler: LRScheduler) -> None:
    """Continues a schedule.

    Args:
        state: What :func:`schedule_state` returned, also after it was written as JSON.
        optimizer: The optimizer.
        scheduler: The scheduler.
    """
    scheduler.load_state_dict(_like(scheduler.state_dict(), state["scheduler"]))
    for group, saved in zip(optimizer.param_groups, state["groups"], strict=True):
        group.update(_like({name: group[name] for name in saved}, saved))


def _described(value: Any) -> Any:
    """A value as plain data. Functions and objects count by their names."""

    def name(value: Any) -> Any:
        return value.tolist() if isinstance(value, Tensor) else getattr(value, "__qualname__", type(value).__name__)

    return json.loads(json.dumps(value, default=name))


def _plain(value: Any) -> Any:
    """What JSON can return of a value. The rest comes from the constructor: functions, and keys that are numbers."""
    if isinstance(value, Tensor) and value.dim() == 0:
        return value.item()
    if isinstance(value, list | tuple):
        parts = [_plain(part) for part in value]
        return None if any(part is None for part in parts) else parts
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            return None
        return {name: plain for name, part in value.items() if (plain := _plain(part)) is not None}
    return value if isinstance(value, bool | int | float | str) else None


def _like(template: Any, value: Any) -> Any:
    """A plain value in the types of another one, which has the entries that it lacks."""
    if isinstance(template, Mapping):
        return {**template, **{name: _like(template.get(name), part) for name, part in value.items()}}
    if isinstance(template, Tensor):
        return torch.as_tensor(value).to(template)
    if isinstance(template, list | tuple) and len(template) == len(value):
        return type(template)(_like(*pair) for pair in zip(template, value, strict=True))
    return value
