"""Range checks of arguments, shared by layers, losses and models."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from torch import Tensor

_KNOWN_FINITE: ContextVar[bool] = ContextVar("known_finite", default=False)


def check_positive(name: str, value: float, hint: str) -> float:
    """Returns ``value`` as a float if it is above zero and finite.

    Args:
        name: Name of the argument, for the message.
        value: The value to check.
        hint: What to pass instead, such as ``"the paper uses 0.2"``.

    Raises:
        ValueError: ``value`` is zero, negative, infinite or NaN.

    Examples:
        >>> check_positive("temperature", 0.2, "the paper uses 0.2")
        0.2
        >>> check_positive("temperature", 0.0, "the paper uses 0.2")
        Traceback (most recent call last):
        ValueError: 'temperature' must be above 0 (got 0.0); the paper uses 0.2
    """
    if not 0.0 < value < math.inf:
        raise ValueError(f"'{name}' must be above 0{' and finite' if value == math.inf else ''} (got {value}); {hint}")
    return float(value)


def check_non_negative(name: str, value: float, hint: str = "use 0 for none") -> float:
    """Returns ``value`` as a float if it is zero or above, and finite.

    Args:
        name: Name of the argument, for the message.
        value: The value to check.
        hint: What to pass instead. (default: ``"use 0 for none"``)

    Raises:
        ValueError: ``value`` is negative, infinite or NaN.

    Examples:
        >>> check_non_negative("noise", 0.5)
        0.5
    """
    if not 0.0 <= value < math.inf:
        raise ValueError(f"'{name}' must not be negative, infinite or NaN (got {value}); {hint}")
    return float(value)


def check_keep_rate(name: str, value: float, hint: str) -> float:
    """Returns ``value`` as a float if it lies in (0, 1].

    Args:
        name: Name of the argument, for the message.
        value: The share that is kept.
        hint: What to pass instead.

    Raises:
        ValueError: ``value`` is outside (0, 1] or NaN.

    Examples:
        >>> check_keep_rate("keep_rate", 1.0, "use 1 to keep all edges")
        1.0
    """
    if not 0.0 < value <= 1.0:
        raise ValueError(f"'{name}' must lie in (0, 1] (got {value}); {hint}")
    return float(value)


def check_at_least(name: str, value: int, minimum: int, hint: str = "") -> int:
    """Returns ``value`` if it is a whole number of ``minimum`` or more.

    Args:
        name: Name of the argument, for the message.
        value: The value to check.
        minimum: Smallest value allowed.
        hint: What to pass instead. (default: no hint)

    Raises:
        ValueError: ``value`` is below ``minimum`` or not a whole number.

    Examples:
        >>> check_at_least("num_prototypes", 128, 1)
        128
    """
    tail = f" (got {value}){'; ' if hint else ''}{hint}"
    if not value >= minimum:
        raise ValueError(f"'{name}' must be at least {minimum}{tail}")
    if value != int(value):
        raise ValueError(f"'{name}' must be a whole number{tail}")
    return int(value)


def check_rows(**tensors: Tensor) -> None:
    """Checks that all tensors are matrices with the same number of rows.

    Args:
        **tensors: The tensors, by the name of the argument.

    Raises:
        ValueError: A tensor is not a matrix, or the numbers of rows differ.

    Examples:
        >>> check_rows(anchor=torch.ones(3, 2), candidate=torch.ones(3, 4))
    """
    shapes = {name: list(tensor.shape) for name, tensor in tensors.items()}
    if any(len(shape) != 2 for shape in shapes.values()) or len({shape[0] for shape in shapes.values()}) > 1:
        raise ValueError(f"need matrices with one row per node, paired row by row (got {shapes})")


def check_choice(name: str, value: str, choices: Sequence[str]) -> str:
    """Returns ``value`` if it is one of the choices.

    Args:
        name: Name of the argument, for the message.
        value: The value to check.
        choices: What is allowed.

    Raises:
        ValueError: ``value`` is none of the choices.

    Examples:
        >>> check_choice("readout", "max", ("sum", "mean"))
        Traceback (most recent call last):
        ValueError: 'readout' must be one of 'sum', 'mean' (got 'max')
    """
    if value not in choices:
        raise ValueError(f"'{name}' must be one of {', '.join(map(repr, choices))} (got {value!r})")
    return value


@contextmanager
def known_finite() -> Iterator[None]:
    """Within the block, :func:`check_finite` reads no values. It is for tensors that were checked before they were
    saved, so that opening a large file does not read all of it.

    Examples:
        >>> with known_finite():
        ...     check_finite("x", torch.tensor([math.nan]), "this is not read")
    """
    token = _KNOWN_FINITE.set(True)
    try:
        yield
    finally:
        _KNOWN_FINITE.reset(token)


def check_finite(name: str, tensor: Tensor, hint: str) -> None:
    """Checks that a tensor holds neither NaN nor infinity.

    Args:
        name: Name of the argument, for the message.
        tensor: The tensor.
        hint: What may be wrong, and what to do.

    Raises:
        ValueError: A value is NaN or infinite.

    Examples:
        >>> check_finite("x", torch.tensor([math.nan]), "train with a lower learning rate")
        Traceback (most recent call last):
        ValueError: 'x' holds NaN or infinity; train with a lower learning rate
    """
    if not _KNOWN_FINITE.get() and not tensor.isfinite().all():
        raise ValueError(f"'{name}' holds NaN or infinity; {hint}")
