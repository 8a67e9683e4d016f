"""Pictures of a report, as SVG."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import matplotlib
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from .report import Report

_COLORS = (
    *("#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#76b7b2", "#b07aa1", "#9c755f", "#edc948", "#bab0ac", "#ff9da7"),
    *("#1b9e77", "#7570b3", "#666666"),
)


def figures(report: Report) -> dict[str, str]:
    """Draws the pictures of a report.

    Args:
        report: The report.

    Returns:
        SVG elements by name: ``"search"``, and ``"curves"`` and ``"test"`` where there is something to draw.

    Examples:
        >>> from irllrec_pyg.search.report import Report
        >>> sorted(figures(Report({"metric": "ndcg@20"}, {})))
        ['search']
    """
    drawn = {"search": _search(report)}
    if any(part.curve for part in report.tried):
        drawn["curves"] = _curves(report)
    if report.test:
        drawn["test"] = _test(report)
    return drawn


def _svg(figure: Figure) -> str:
    stream = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "irllrec_pyg", "svg.fonttype": "none"}):
        figure.savefig(stream, format="svg", bbox_inches="tight", metadata={"Date": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]


def _colors(report: Report) -> dict[str, str]:
    families = list(dict.fromkeys(part.family for part in report.tried))
    return {name: _COLORS[position % len(_COLORS)] for position, name in enumerate(families)}


def _search(report: Report) -> str:
    """Everything that was tried, in order, and the best so far."""
    figure = Figure(figsize=(7.0, 3.0), layout="constrained")
    axis, best, bests = figure.subplots(), 0.0, []
    for part in report.tried:
        best = max(best, part.value if part.usable else 0.0)
        bests.append(best)
    for family, color in _colors(report).items():
        for marker, label, wanted in (("o", family, True), ("x", None, False)):
            found = [(n, p.value) for n, p in enumerate(report.tried, 1) if p.family == family and p.usable is wanted]
            found = [(number, value) for number, value in found if value > 0]
            if found:
                axis.plot(*zip(*found, strict=True), marker, color=color, label=label)
    if bests:
        axis.step(range(1, len(bests) + 1), bests, where="post", color="0.6", zorder=0, label="best so far")
        if report.validation:
            axis.axhline(report.validation, color="black", linestyle=":", label="blend")
        axis.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize="small")
    axis.set(
        xlabel="in the order in which they were tried (x: stopped early)",
        ylabel=f"validation {report.settings['metric']}",
    )
    axis.grid(alpha=0.3)
    return _svg(figure)


def _curves(report: Report) -> str:
    """The validation metric over the epochs of every trained model."""
    figure = Figure(figsize=(7.0, 3.0), layout="constrained")
    axis, labelled = figure.subplots(), set()
    for part in report.tried:
        if part.curve:
            label = None if part.family in labelled else part.family
            labelled.add(part.family)
            style = "-" if part.usable else ":"
            axis.plot(range(1, len(part.curve) + 1), part.curve, style, color=_colors(report)[part.family], label=label)
    axis.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize="small")
    axis.set(xlabel="epoch (dotted: stopped early)", ylabel=f"validation {report.settings['metric']}")
    axis.grid(alpha=0.3)
    return _svg(figure)


def _test(report: Report) -> str:
    """Test metrics with intervals; one panel a metric."""
    metrics = list(next(iter(report.test.values())))
    names = list(report.test)[::-1]
    figure = Figure(figsize=(7.0, 0.9 + 0.33 * len(names)), layout="constrained")
    for axis, metric in zip(figure.subplots(1, len(metrics), sharey=True, squeeze=False)[0], metrics, strict=True):
        for row, name in enumerate(names):
            found = report.test[name][metric]
            color = "#e15759" if name == "blend" else "#4e79a7"
            axis.plot([found.low, found.high], [row, row], color=color)
            axis.plot(found.value, row, "o", color=color)
        axis.set_yticks(range(len(names)), [name.partition(" (")[0] for name in names])
        axis.set(xlabel=f"test {metric}", ylim=(-0.6, len(names) - 0.4))
        axis.locator_params(axis="x", nbins=4)
        axis.grid(axis="x", alpha=0.3)
    return _svg(figure)
