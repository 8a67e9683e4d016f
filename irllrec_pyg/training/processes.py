"""Several processes that train one model together."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list, gather_object
from torch import Tensor, nn

from .._config import Configurable, class_name
from ..ops.share import Share
from .run_state import compare


def default_accelerator() -> Accelerator:
    """The accelerator of a trainer that is given none. Without a GPU, accelerate by itself does not see that several
    processes were started.

    Examples:
        >>> default_accelerator().num_processes
        1
    """
    started = int(os.environ.get("WORLD_SIZE", "1")) > 1
    return Accelerator(cpu=started and not torch.accelerator.is_available())


class Processes:
    """The processes of a run, which hold the same model and the same data, and divide the work of each step.

    Every process propagates over the whole graph and sees the whole batch. What they divide are the rows of the losses
    (:mod:`irllrec_pyg.ops.share`) and the users of an evaluation. The gradient is the mean over the processes, so that
    all of them take the same step: the step that one process alone would take, up to rounding.

    With one process, every method does nothing.

    Args:
        accelerator: Says how many processes there are, and which one this is.

    Examples:
        >>> processes = Processes(Accelerator())
        >>> processes.share
        Share(index=0, count=1)
        >>> processes.mean(torch.tensor([2.0]))
        tensor([2.])
    """

    def __init__(self, accelerator: Accelerator) -> None:
        self.accelerator = accelerator
        self.share = Share(accelerator.process_index, accelerator.num_processes)
        started = os.environ.get("WORLD_SIZE", "1")
        if self.alone and int(started) > 1:
            warnings.warn(
                f"{started} processes were started, but each of them trains alone; to share the work without a GPU, "
                "set the environment variable ACCELERATE_USE_CPU=1, or pass Accelerator(cpu=True)",
                stacklevel=3,
            )

    @property
    def alone(self) -> bool:
        """Whether there is one process."""
        return self.share.count == 1

    def prepare(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[nn.Module, Any]:
        """Moves the model to its device, and wraps model and optimizer for mixed precision and compilation.

        Args:
            model: The model.
            optimizer: Its optimizer.
        """
        if self.alone:
            prepared: tuple[nn.Module, Any] = self.accelerator.prepare(model, optimizer)
            return prepared
        # In this mode accelerate does not wrap the model for parallel training: gradients are averaged here, since a
        # wrapped model must use every parameter in every step.
        step_model = self.accelerator.prepare_model(model, evaluation_mode=True)
        return step_model, self.accelerator.prepare_optimizer(optimizer)

    def check_same(self, settings: Mapping[str, Any], model: nn.Module) -> None:
        """Checks that all processes were given the same model, data and settings.

        Args:
            settings: Settings and a hash of the data, in plain values.
            model: The model.

        Raises:
            ValueError: They were not; every process raises it.
        """
        if self.alone:
            return
        given = {**settings, "model": {"class": class_name(type(model))}}
        given["model"] |= {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
        if isinstance(model, Configurable):
            with suppress(TypeError):  # an argument that cannot be described; shapes must do
                given["model"]["arguments"] = model.identity()
        found = gather_object([given])
        for other, theirs in enumerate(found):
            if differences := compare(found[0], theirs):
                raise ValueError(
                    f"process {other} trains another model, or on other data, than process 0 "
                    f"({'; '.join(differences[:5])}); give all processes the same"
                )

    def start_alike(self, model: nn.Module) -> None:
        """Gives all processes the weights of the first one.

        Args:
            model: The model; its weights are changed in place.
        """
        if not self.alone:
            for tensor in model.state_dict().values():
                torch.distributed.broadcast(tensor, src=0)

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replaces gradients by their means over the processes.

        Args:
            parameters: The parameters. Those without a gradient in this process have none in the others.
        """
        if self.alone:
            return
        grads = [parameter.grad for parameter in parameters if parameter.grad is not None]
        # One message for all gradients of a type: small messages cost more time than they have content.
        for dtype in {grad.dtype for grad in grads}:
            same = [grad for grad in grads if grad.dtype == dtype]
            mean = self.mean(torch.cat([grad.flatten() for grad in same]))
            for grad, part in zip(same, mean.split([grad.numel() for grad in same]), strict=True):
                grad.copy_(part.view_as(grad))

    def mean(self, tensor: Tensor) -> Tensor:
        """Mean over the processes. The tensor is changed.

        Args:
            tensor: A tensor of the same shape in every process.
        """
        return tensor if self.alone else self.share.sum(tensor).div_(self.share.count)

    def minimum(self, tensor: Tensor) -> Tensor:
        """Smallest value over the processes. The tensor is changed.

        Args:
            tensor: A tensor of the same shape in every process.
        """
        if not self.alone:
            torch.distributed.all_reduce(tensor, op=torch.distributed.ReduceOp.MIN)
        return tensor

    def concatenate(self, rows: Tensor, total: int) -> Tensor:
        """Rows of all processes, in their order.

        Args:
            rows: The rows of the own share, ``[n, ...]``.
            total: Number of all rows.
        """
        if self.alone:
            return rows
        everything = rows.new_zeros(total, *rows.shape[1:])
        everything[self.share.rows(total)] = rows
        return self.share.sum(everything)

    def decide(self, value: Any) -> Any:
        """The value that the first process has, in every process. Choose it for what may differ, such as a decision
        that depends on the time.

        Args:
            value: The own value.
        """
        return value if self.alone else broadcast_object_list([value])[0]
