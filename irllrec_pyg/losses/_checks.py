"""Checks that the losses share."""

from __future__ import annotations

from torch import Tensor


def check_positive(name: str, value: float) -> float:
    """Returns ``value``, or raises a :class:`ValueError` that names it where it is not above zero."""
    if not value > 0.0:
        raise ValueError(f"'{name}' must be above 0 (got {value}); the paper uses 0.2")
    return float(value)


def check_rows(**tensors: Tensor) -> None:
    """Raises a :class:`ValueError` unless all tensors are matrices with the same number of rows."""
    shapes = {name: list(tensor.shape) for name, tensor in tensors.items()}
    if any(len(shape) != 2 for shape in shapes.values()) or len({shape[0] for shape in shapes.values()}) > 1:
        raise ValueError(f"need matrices with one row a node, paired row by row (got {shapes})")
