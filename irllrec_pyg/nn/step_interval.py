"""Terms that are not computed in every step."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .._checks import check_at_least


class StepInterval(nn.Module):
    """Counts training steps, and says in which of them an expensive term is computed: in the first, and from there in
    every ``every``-th. Multiply such a term by ``every``, so that its gradient is the same on average. This is the lazy
    regularization of `StyleGAN2 <https://arxiv.org/abs/1912.04958>`_.

    The count is part of ``state_dict``, so that a resumed run goes on where it was.

    Args:
        every (int): Number of steps from one computation to the next; 1 for every step.

    Raises:
        ValueError: ``every`` is below one.

    Examples:
        >>> interval, due = StepInterval(3), []
        >>> for _ in range(5):
        ...     due.append(interval.due())
        ...     interval.advance()
        >>> due
        [True, False, False, True, False]
    """

    step: Tensor

    def __init__(self, every: int) -> None:
        super().__init__()
        self.every = check_at_least("every", every, 1, "1 computes the terms in every step")
        self.register_buffer("step", torch.zeros((), dtype=torch.long), persistent=every > 1)

    def due(self) -> bool:
        """Whether the term is computed in the current step."""
        return self.every == 1 or int(self.step) % self.every == 0

    def advance(self) -> None:
        """Goes to the next step."""
        self.step += 1

    def reset_parameters(self) -> None:
        """Starts again with the first step."""
        self.step.zero_()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.every})"
