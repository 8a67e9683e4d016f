"""Closed forms that a search tries."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import psutil
import torch

_BYTES = 4  # single precision
_SIZE = 2000  # rows of the matrix whose inverse is timed


@dataclass(frozen=True)
class Family:
    """A closed form and the arguments that are chosen for it.

    Args:
        name: Name of the closed form.
        axes: For each argument the values to try, in ascending order, and the one to start from.
        reads_text: Whether it reads text features. (default: :obj:`False`)
        matrices: How many item-item matrices it holds at once. (default: ``0``)
        inverses: How many of them it inverts. (default: ``0``)
        fixed: Further arguments. (default: none)
        inherits: Arguments whose values are those of the best of other families, as ``{argument: families}``. An
            argument that it lacks has its default; if all families were left out, values are those that the first one
            starts from. (default: none)
        arguments: Makes arguments of the values of the axes and of what is inherited. (default: they are arguments)

    Examples:
        >>> FAMILIES["ease"].name
        'ease'
    """

    name: str
    axes: Mapping[str, tuple[Sequence[float], float]]
    reads_text: bool = False
    matrices: int = 0
    inverses: int = 0
    fixed: Mapping[str, Any] = field(default_factory=dict)
    inherits: Mapping[str, Sequence[str]] = field(default_factory=dict)
    arguments: Callable[[Mapping[str, Any]], dict[str, Any]] = dict

    @property
    def start(self) -> dict[str, float]:
        """The arguments to start from."""
        return {name: value for name, (_, value) in self.axes.items()}

    def seconds(self, num_items: int) -> float:
        """Estimated seconds on this machine, from the time of a small matrix inverse.

        Args:
            num_items: :math:`N`.
        """
        return self.inverses and self.inverses * inverse_seconds() * (num_items / _SIZE) ** 3

    def memory(self, num_items: int) -> int:
        """Bytes of its item-item matrices.

        Args:
            num_items: :math:`N`.
        """
        return self.matrices * _BYTES * num_items**2


def _l3ae(point: Mapping[str, Any]) -> dict[str, Any]:
    """Weights whose sum is that of EASE, and of which a share pulls towards the texts."""
    total, share = point["l2_weight"], point["share"]
    rest = {name: value for name, value in point.items() if name not in ("l2_weight", "share")}
    return {**rest, "l2_weight": (1.0 - share) * total, "distill_weight": share * total}


_OF_EASE = dict.fromkeys(("l2_weight", "user_power", "item_power"), ("ease", "normalized ease"))

#: Families of closed forms, the cheap ones first. A family that inherits stands after the one it inherits from.
FAMILIES: dict[str, Family] = {
    "gf-cf": Family(
        "gf-cf",
        {
            "num_factors": ((16, 32, 64, 128, 256, 512), 64),
            "low_pass_weight": ((0.1, 0.3, 1.0, 3.0, 10.0), 1.0),
        },
    ),
    "item-knn": Family(
        "item-knn", {"k": ((10, 20, 50, 100, 200), 50), "shrinkage": ((3.0, 10.0, 30.0, 100.0), 10.0)}, matrices=2
    ),
    "rp3-beta": Family(
        "rp3-beta",
        {
            "alpha": ((0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0), 0.5),
            "beta": ((0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6), 0.2),
            "k": ((50, 100, 200, 500, 1000), 500),
        },
        matrices=2,
    ),
    "ease": Family(
        "ease", {"l2_weight": ((5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0), 100.0)}, matrices=2, inverses=1
    ),
    "normalized ease": Family(
        "ease",
        {"user_power": ((0.0, 0.25, 0.5, 0.75), 0.5), "item_power": ((0.0, 0.1, 0.25, 0.4, 0.5), 0.25)},
        matrices=2,
        inverses=1,
        inherits={"l2_weight": ("ease",)},
    ),
    "semantic-only": Family("semantic-only", {}, reads_text=True, fixed={"center": True}),
    "l3ae": Family(
        "l3ae",
        {"share": ((0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0), 0.5), "text_l2_weight": ((1.0, 3.0, 10.0, 30.0), 10.0)},
        reads_text=True,
        matrices=2,
        inverses=1,
        inherits=_OF_EASE,
        arguments=_l3ae,
    ),
    "ease with text": Family(
        "ease",
        {"feature_weight": ((1.0, 3.0, 10.0, 30.0, 100.0, 300.0), 10.0)},
        reads_text=True,
        matrices=2,
        inverses=1,
        inherits=_OF_EASE,
    ),
}


@cache
def inverse_seconds(size: int = _SIZE) -> float:
    """Seconds of the inverse of a matrix, measured once.

    Args:
        size: Number of rows. (default: ``2000``)

    Examples:
        >>> inverse_seconds(100) > 0.0
        True
    """
    matrix, seconds = torch.eye(size), []
    for _ in range(2):  # the first is slow
        started = time.perf_counter()
        torch.cholesky_inverse(torch.linalg.cholesky(matrix))
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def free_memory() -> int:
    """Bytes of main memory that are available now.

    Examples:
        >>> free_memory() > 0
        True
    """
    return int(psutil.virtual_memory().available)


def climb(
    axes: Mapping[str, tuple[Sequence[float], float]], measure: Callable[[dict[str, float]], float | None]
) -> dict[str, float] | None:
    """Walks along one argument after the other, upwards or else downwards, as long as the metric grows.

    Args:
        axes: For each argument the values in ascending order, and the one to start from.
        measure: Gives the metric that some arguments reach, or :obj:`None` if there is no time left.

    Returns:
        The best arguments, or :obj:`None` if there was no time for any.

    Examples:
        >>> climb({"x": ((1, 2, 3, 4), 2)}, lambda point: -abs(point["x"] - 3.2))
        {'x': 3}
    """
    best = {name: start for name, (_, start) in axes.items()}
    value = measure(best)
    if value is None:
        return None
    for name, (values, start) in axes.items():
        position, moved = values.index(start), False
        for step in (1, -1):
            while not (moved and step < 0) and 0 <= position + step < len(values):
                candidate = {**best, name: values[position + step]}
                found = measure(candidate)
                if found is None:
                    return best
                if found <= value:
                    break
                best, value, position = candidate, found, position + step
                moved = moved or step > 0
    return best
