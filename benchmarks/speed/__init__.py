"""Time and memory of the package's computations, of their textbook forms and of other libraries."""

from pathlib import Path
from typing import Any

from . import cases, harness, roofline


def measure(name: str, root: Path | None, rounds: int) -> list[dict[str, Any]]:
    """Rows of a case, or of the roofline."""
    data = cases.load(root)
    if name == "roofline":
        return roofline.roofline(data, rounds)
    about = {"data": root.name if root else "synthetic"}
    return [{**row, **about} for row in harness.measure(name, cases.CASES[name](data), rounds)]
