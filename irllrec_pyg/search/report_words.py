"""Remarks of a report that explain what its tables show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .budget import Budget
from .part import Part

if TYPE_CHECKING:
    from .report import Interval, Report

#: States of what was tried that need an explanation.
_STATES = {
    "pruned": "training was stopped because the model was behind others at the same epoch; it is no part of the blend",
    "cut": "training was ended because the time for training was over; the best epoch until then counts",
    "failed": "it could not be trained or measured, for the reason beside it; it is no part of the blend",
}
_WITHOUT_TEXT = "best blend without text"
_USED = 0.9  # share of a budget from which it counts as used up


def words(report: Report) -> dict[str, str]:
    """The remarks of a report, by name; empty where there is nothing to explain.

    Args:
        report: The report.

    Returns:
        ``"budget"`` says why a search ended before its budget was used up, ``"same"`` why blends have the same
        numbers, and ``"states"`` what the states of those that were stopped mean.

    Examples:
        >>> from irllrec_pyg.search.report import Report
        >>> report = Report({"metric": "ndcg@20", "budget": "2 min"}, {}, seconds=78.0)
        >>> words(report)["budget"].endswith("stays unused.")
        True
    """
    return {"budget": _budget(report), "same": _same(report.test), "states": _states(report.tried)}


def _budget(report: Report) -> str:
    seconds = Budget.parse(report.settings["budget"]).seconds
    if seconds is None or report.seconds >= _USED * seconds:
        return ""
    return (
        "A part of the budget is kept for the blend, the text controls and the test after the search; what these do "
        "not need stays unused."
    )


def _same(test: dict[str, dict[str, Interval]]) -> str:
    """Names the blends on text controls that have the numbers of the blend without text."""
    silent = test.get(_WITHOUT_TEXT)
    found = [
        name.removeprefix("blend with ").removesuffix(" features in place of texts")
        for name, values in test.items()
        if silent is not None and name.startswith("blend with ") and values == silent
    ]
    if not found:
        return ""
    return (
        f"With {' and with '.join(found)} features, the numbers are those of the {_WITHOUT_TEXT}: the parts that read "
        "texts got no weight there, so that it is the same blend."
    )


def _states(tried: list[Part]) -> str:
    found = {part.state for part in tried}
    return " ".join(f"{state.capitalize()}: {meaning}." for state, meaning in _STATES.items() if state in found)
