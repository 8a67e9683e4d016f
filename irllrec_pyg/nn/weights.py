"""Weights of a module: a copy of them, and whether all are finite."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def snapshot(module: nn.Module) -> dict[str, Tensor]:
    """Copy of a module's weights.

    Args:
        module: The module.

    Examples:
        >>> sorted(snapshot(torch.nn.Linear(2, 1)))
        ['bias', 'weight']
    """
    return {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}


def has_finite_weights(module: nn.Module) -> bool:
    """Whether no parameter is NaN or infinite.

    Args:
        module: The module.

    Examples:
        >>> has_finite_weights(torch.nn.Linear(2, 1))
        True
    """
    finite = [parameter.detach().isfinite().all() for parameter in module.parameters()]
    return bool(torch.stack(finite).all())  # one read for all of them: each waits for the device
