"""Functions of the caller that are called while a model trains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from .result import TrainResult

if TYPE_CHECKING:
    from .trainer import Trainer

#: Called after every epoch with the trainer and the result so far; training ends where it returns true.
Callback: TypeAlias = "Callable[[Trainer, TrainResult], bool | None]"


def call_back(callbacks: Sequence[Callback], trainer: Trainer, result: TrainResult) -> bool:
    """Calls all callbacks, and says whether training ends. The first of several processes decides.

    Args:
        callbacks: The callbacks.
        trainer: The trainer.
        result: The result so far, whose last record is that of the epoch.

    Examples:
        >>> from irllrec_pyg.models import LightGCN
        >>> from irllrec_pyg.testing import tiny_data
        >>> from irllrec_pyg.training import Trainer
        >>> trainer = Trainer(LightGCN(24, 20), tiny_data(), progress=False)
        >>> call_back([lambda trainer, result: result.epoch >= 3], trainer, TrainResult(epoch=3))
        True
    """
    answers = [callback(trainer, result) for callback in callbacks]
    return bool(callbacks) and trainer.processes.decide(any(answers))
