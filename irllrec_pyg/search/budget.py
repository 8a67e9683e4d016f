"""How long a search may take."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from .._io import read_json, write_json

_UNITS = {"s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_HINT = "write '10min', '90s', '2h' or '20 trials' (in Python also a number of seconds)"


@dataclass(frozen=True)
class Budget:
    """How long a search may take: seconds on the clock, or a number of trained models.

    With a number of trials, the same seed gives the same result on the same machine. With seconds it depends on the
    machine's speed.

    Args:
        seconds: Seconds. (default: no limit)
        trials: Number of models to train. (default: no limit)

    Raises:
        ValueError: Both or none are given, or one is not above zero.

    Examples:
        >>> Budget.parse("10min")
        Budget(seconds=600.0, trials=None)
        >>> Budget.parse("20 trials")
        Budget(seconds=None, trials=20)
    """

    seconds: float | None = None
    trials: int | None = None

    def __post_init__(self) -> None:
        if (self.seconds is None) == (self.trials is None):
            raise ValueError(f"'budget' must be seconds or trials (got {self.seconds} and {self.trials}); {_HINT}")
        if not 0 < (self.seconds if self.trials is None else self.trials) < float("inf"):  # type: ignore[operator]
            raise ValueError(f"'budget' must be above zero and finite (got {self}); {_HINT}")

    @classmethod
    def parse(cls, budget: Budget | str | float) -> Budget:
        """Reads a budget as people write it.

        Args:
            budget: Such as ``"10min"``, ``"90s"``, ``"2h"``, a number of seconds, or ``"20 trials"``. A text has a
                unit.

        Raises:
            ValueError: It cannot be read.
        """
        if isinstance(budget, Budget):
            return budget
        if isinstance(budget, int | float) and not isinstance(budget, bool):
            return cls(seconds=float(budget))
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", str(budget).lower())
        if found is not None and not found[2]:
            number = found[1]
            raise ValueError(
                f"'budget' has no unit (got {budget!r}); write '{number}min', '{number}s' or '{number} trials'"
            )
        if found is None or found[2] not in {*_UNITS, "trial", "trials"}:
            raise ValueError(f"'budget' cannot be read (got {budget!r}); {_HINT}")
        if found[2].startswith("trial"):
            return cls(trials=int(float(found[1])))
        return cls(seconds=float(found[1]) * _UNITS[found[2]])

    def __str__(self) -> str:
        if self.trials is not None:
            return f"{self.trials} trial{'s' if self.trials > 1 else ''}"
        return format_seconds(self.seconds or 0.0)


def format_seconds(seconds: float) -> str:
    """Seconds as people read them.

    Args:
        seconds: The seconds.

    Examples:
        >>> format_seconds(42.0), format_seconds(600.0), format_seconds(5400.0)
        ('42 s', '10 min', '1.5 h')
    """
    for unit, name in ((3600.0, "h"), (60.0, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{seconds:.3g} s" if seconds < 10 else f"{seconds:.0f} s"


class Clock:
    """Counts the seconds of a search over all calls that worked on it.

    Args:
        budget: The budget.
        file: File that keeps the seconds of earlier calls. (default: they are not kept)

    Examples:
        >>> clock = Clock(Budget(seconds=100.0))
        >>> 99.0 < clock.left() <= 100.0
        True
        >>> Clock(Budget(trials=3)).left()
        inf
    """

    def __init__(self, budget: Budget, file: Path | None = None) -> None:
        self.budget, self.file, self.started = budget, file, time.monotonic()
        self.before = float(read_json(file)["seconds"]) if file is not None and file.is_file() else 0.0

    def spent(self) -> float:
        """Seconds that this call and earlier ones took."""
        return self.before + time.monotonic() - self.started

    def left(self, share: float = 1.0) -> float:
        """Seconds until a share of the budget is spent; negative once it is, infinite for a budget of trials.

        Args:
            share: The share. (default: ``1.0``)
        """
        return float("inf") if self.budget.seconds is None else share * self.budget.seconds - self.spent()

    def save(self) -> None:
        """Writes the seconds into the file."""
        if self.file is not None:
            write_json(self.file, {"seconds": round(self.spent(), 3)})
