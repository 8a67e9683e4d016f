"""Sums of loss terms over the steps of an epoch, and the first step in which one is not finite."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..nn.weights import has_finite_weights
from .processes import Processes

_EVERY = 64  # steps between two looks at the values: to read them waits for the device
_NEVER = 1 << 62

HINT = "lower the learning rate or the weight of the term that diverged, or set 'max_grad_norm'"


class TermSums:
    """Sums of loss terms on the device. No step waits for their values.

    Args:
        epoch: Number of the epoch, for the error message.
        processes: The processes that share the work.

    Examples:
        >>> from accelerate import Accelerator
        >>> sums = TermSums(1, Processes(Accelerator()))
        >>> for step, value in enumerate((1.0, 3.0), start=1):
        ...     sums.add(step, {"bpr": torch.tensor(value)})
        >>> sums.means()
        {'bpr': 2.0}
    """

    def __init__(self, epoch: int, processes: Processes) -> None:
        self.epoch, self.processes, self.steps = epoch, processes, 0
        self.sums: dict[str, Tensor] = {}
        self.first: dict[tuple[str, ...], Tensor] = {}  # steps differ in their terms

    def add(self, step: int, terms: dict[str, Tensor]) -> None:
        """Adds the terms of a step.

        Args:
            step: Number of the step, from 1.
            terms: Terms of the loss by name, scalars.

        Raises:
            FloatingPointError: A term of this or an earlier step is NaN or infinite.
        """
        self.steps, names = step, tuple(terms)
        for name, value in terms.items():
            self.sums[name] = self.sums.get(name, 0.0) + value.detach()
        finite = torch.stack([value.detach() for value in terms.values()]).isfinite()
        first = torch.where(finite, _NEVER, step)
        self.first[names] = torch.minimum(self.first[names], first) if names in self.first else first
        if step % _EVERY == 0:
            self.check()

    def check(self) -> None:
        """Looks at all steps so far.

        Raises:
            FloatingPointError: A term is NaN or infinite; the message names the term and the step.
        """
        found = {names: self.processes.minimum(first).tolist() for names, first in self.first.items()}
        step = min(min(steps) for steps in found.values())
        if step == _NEVER:
            return
        bad = [
            name
            for names, steps in found.items()
            for name, first in zip(names, steps, strict=True)
            if first == step and name != "loss"  # which is the sum of the others
        ]
        terms = " and ".join(f"'{name}'" for name in bad or ["loss"])
        raise FloatingPointError(f"{terms} is NaN or infinite in step {step} of epoch {self.epoch}; {HINT}")

    def means(self) -> dict[str, float]:
        """Means of the terms over the steps, the same in every process.

        Raises:
            FloatingPointError: See :meth:`check`.
        """
        self.check()
        totals = torch.stack([*self.sums.values()])
        return dict(zip(self.sums, [value / self.steps for value in self.processes.mean(totals).tolist()], strict=True))


def check_finite_weights(model: nn.Module, epoch: int) -> None:
    """Checks the weights after an epoch. A gradient can be infinite where the loss is not.

    Args:
        model: The model.
        epoch: Number of the epoch, for the error message.

    Raises:
        FloatingPointError: A weight is NaN or infinite; the message names the parameter.

    Examples:
        >>> model = torch.nn.Linear(2, 1)
        >>> _ = torch.nn.init.constant_(model.bias, float("nan"))
        >>> check_finite_weights(model, epoch=3)
        Traceback (most recent call last):
        FloatingPointError: 'bias' is NaN or infinite after epoch 3; lower the learning rate or the weight of the term \
that diverged, or set 'max_grad_norm'
    """
    if not has_finite_weights(model):
        bad = [f"'{name}'" for name, parameter in model.named_parameters() if not parameter.isfinite().all()]
        raise FloatingPointError(f"{' and '.join(bad)} is NaN or infinite after epoch {epoch}; {HINT}")
