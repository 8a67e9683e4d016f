"""The teacher of momentum distillation."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


class MomentumCopy(AveragedModel):
    r"""A frozen copy of a module that follows it slowly (Eq. 18 of `IRLLRec <https://arxiv.org/abs/2502.03307>`_, after
    `MoCo <https://arxiv.org/abs/1911.05722>`_ and `ALBEF <https://arxiv.org/abs/2107.07651>`_),

    .. math::
        \theta_{\text{teacher}} \leftarrow \beta \, \theta_{\text{teacher}} + (1 - \beta) \, \theta_{\text{student}} .

    It is :class:`torch.optim.swa_utils.AveragedModel` with exponential averaging that starts at the student's weights,
    stays in evaluation mode, and never asks for gradients. Call :meth:`update_parameters` after each optimiser step.

    Args:
        module: The student.
        decay: :math:`\beta`, from 0 (the student itself) up to, but not including, 1. (default: :obj:`0.999`)

    Raises:
        ValueError: ``decay`` is outside [0, 1).
    """

    def __init__(self, module: nn.Module, decay: float = 0.999) -> None:
        if not 0.0 <= decay < 1.0:
            raise ValueError(f"'decay' must lie in [0, 1) (got {decay}); the paper uses 0.999")
        super().__init__(module, multi_avg_fn=get_ema_multi_avg_fn(decay))
        self.decay = decay
        self.requires_grad_(False)
        self.n_averaged.fill_(1)  # the copy is an average of one already: the first update must not overwrite it
        self.eval()

    def train(self, mode: bool = True) -> MomentumCopy:
        """Stays in evaluation mode: a teacher drops no edges and adds no noise."""
        super().train(False)
        return self

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the copy."""
        return self.module(*args, **kwargs)
