"""Helpers for mixed precision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


def single(tensor: Tensor) -> Tensor:
    """Converts half precision to single precision, and leaves other types as they are.

    Sparse products on a CPU do not support half precision, and a softmax over thousands of candidates needs more
    digits than it has.

    Args:
        tensor: A tensor of any type.

    Examples:
        >>> single(torch.ones(2, dtype=torch.bfloat16)).dtype, single(torch.ones(2, dtype=torch.float64)).dtype
        (torch.float32, torch.float64)
    """
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor


def no_autocast(tensor: Tensor) -> torch.autocast:
    """Returns a context in which products keep the type of their inputs, on the device of a tensor.

    Args:
        tensor: A tensor on the device in question.

    Examples:
        >>> x = torch.ones(2, 2)
        >>> with torch.autocast("cpu", dtype=torch.bfloat16), no_autocast(x):
        ...     (x @ x).dtype
        torch.float32
    """
    return torch.autocast(tensor.device.type, enabled=False)


@contextmanager
def use_matmul_precision(precision: str) -> Iterator[None]:
    """Sets the precision of products of single precision, and sets it back at the end.

    Args:
        precision: See :func:`torch.set_float32_matmul_precision`.

    Examples:
        >>> with use_matmul_precision("medium"):
        ...     torch.get_float32_matmul_precision()
        'medium'
        >>> torch.get_float32_matmul_precision()
        'highest'
    """
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
