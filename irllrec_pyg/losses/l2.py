"""Weight decay as a term of the loss."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from ..ops.precision import single


def l2_loss(parameters: Iterable[Tensor]) -> Tensor:
    r"""Sum of squared parameters, :math:`\lVert \Theta \rVert_2^2` of Eq. 19 of
    `IRLLRec <https://arxiv.org/abs/2502.03307>`_.

    Choose it over the optimizer's ``weight_decay`` to log the term, and to decay under Adam as the published code does.

    Args:
        parameters: The parameters, such as ``module.parameters()``.

    Returns:
        A scalar, in single precision if the parameters are in half precision.

    Raises:
        ValueError: There are no parameters.

    Examples:
        >>> l2_loss([torch.tensor([1.0, 2.0]), torch.tensor([[3.0]])])
        tensor(14.)
    """
    squares = [single(parameter).square().sum() for parameter in parameters]
    if not squares:
        raise ValueError("'parameters' is empty; pass module.parameters()")
    return torch.stack(squares).sum()
