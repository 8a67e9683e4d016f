"""The teacher of momentum distillation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


class MomentumCopy(AveragedModel):
    r"""A frozen copy of a module that follows it slowly (Eq. 18 of `IRLLRec <https://arxiv.org/abs/2502.03307>`_, after
    `MoCo <https://arxiv.org/abs/1911.05722>`_ and `ALBEF <https://arxiv.org/abs/2107.07651>`_),

    .. math::
        \theta_{\text{teacher}} \leftarrow \beta \, \theta_{\text{teacher}} + (1 - \beta) \, \theta_{\text{student}} .

    Choose it for the teacher of a distillation whose student is still in training. It is
    :class:`torch.optim.swa_utils.AveragedModel` with exponential averaging that starts from the student's weights,
    stays in evaluation mode and needs no gradients. Unlike one with torch's own averaging function, it can be pickled.
    Call :meth:`update_parameters` after each optimizer step.

    Args:
        module (torch.nn.Module): The student.
        decay (float, optional): :math:`\beta`, from 0 (the teacher equals the student) up to, but not including, 1.
            (default: :obj:`0.999`)

    Raises:
        ValueError: ``decay`` is outside [0, 1).

    Examples:
        >>> student = torch.nn.Linear(4, 2)
        >>> teacher = MomentumCopy(student, decay=0.9)
        >>> torch.equal(teacher(torch.ones(1, 4)), student(torch.ones(1, 4)))
        True
        >>> teacher.update_parameters(student)  # after each step of the student
    """

    def __init__(self, module: nn.Module, decay: float = 0.999) -> None:
        if not 0.0 <= decay < 1.0:
            raise ValueError(f"'decay' must lie in [0, 1) (got {decay}); the paper uses 0.999")
        super().__init__(module, multi_avg_fn=ExponentialAverage(decay))
        self.decay = decay
        self.requires_grad_(False)
        self.n_averaged.fill_(1)  # the copy is an average of one model: the first update must not overwrite it
        self.eval()

    def train(self, mode: bool = True) -> MomentumCopy:
        """Stays in evaluation mode: a teacher drops no edges and adds no noise.

        Args:
            mode: Ignored. (default: :obj:`True`)
        """
        super().train(False)
        return self

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the copy, with the arguments of the student."""
        return self.module(*args, **kwargs)


@dataclass(frozen=True)
class ExponentialAverage:
    """Exponential moving average of lists of parameters: torch's function, as an object that can be pickled.

    Args:
        decay: Weight of the old average.

    Examples:
        >>> average = [torch.tensor([1.0])]
        >>> ExponentialAverage(0.5)(average, [torch.tensor([3.0])], 1)
        >>> average
        [tensor([2.])]
    """

    decay: float

    def __call__(self, averages: Sequence[Tensor], values: Sequence[Tensor], count: Tensor | int) -> None:
        """Moves ``averages`` towards ``values`` in place.

        Args:
            averages: The averages.
            values: The new values.
            count: Number of averaged values. Not used.
        """
        get_ema_multi_avg_fn(self.decay)([*averages], [*values], count)
