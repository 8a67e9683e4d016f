"""Weight decay as a term of its own."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


def l2_loss(parameters: Iterable[Tensor]) -> Tensor:
    r"""Sum of squared parameters, :math:`\lVert \Theta \rVert_2^2` of Eq. 19.

    A term of the loss rather than the optimiser's ``weight_decay``, so that it is logged, and decays the same under
    Adam as in the published code.

    Raises:
        ValueError: There are no parameters.
    """
    squares = [parameter.square().sum() for parameter in parameters]
    if not squares:
        raise ValueError("'parameters' is empty; pass module.parameters()")
    return torch.stack(squares).sum()
