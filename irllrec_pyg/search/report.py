"""The report of a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import jinja2

from .._io import write_text
from .._manifest import read_manifest, write_manifest
from .budget import format_seconds
from .part import Part
from .report_words import words

_FORMAT = 1  # of report.json
_FILES = {"report.html": "report.html.jinja", "report.md": "report.md.jinja"}


@dataclass
class Interval:
    """A metric of the test split with its bootstrap interval over users.

    Args:
        value: Mean over the users.
        low: Lower end of the 95 % interval.
        high: Upper end of the 95 % interval.

    Examples:
        >>> str(Interval(0.25, 0.24, 0.26))
        '0.2500 [0.2400, 0.2600]'
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


@dataclass
class Difference:
    """The blend compared with another ranker over the same test users.

    Args:
        other: What it is compared with.
        metric: The metric.
        value: Mean difference.
        low: Lower end of its 95 % interval.
        high: Upper end of its 95 % interval.
        p: Two-sided p-value, see :func:`~irllrec_pyg.ranking.paired_bootstrap`.

    Examples:
        >>> Difference("EASE", "ndcg@20", 0.01, 0.005, 0.015, 0.001).significant
        True
    """

    other: str
    metric: str
    value: float
    low: float
    high: float
    p: float

    @property
    def significant(self) -> bool:
        """Whether the p-value is below 0.01."""
        return self.p < 0.01


@dataclass
class Report:
    """What a search tried, what it chose, and how accurate that is. Every table of the page is one of its attributes.

    Args:
        settings: Budget, metric, seed, texts, versions, device and identity.
        sizes: Numbers of users, items and interactions.
        tried: All that was tried.
        left_out: What was not tried, and why.
        weights: Weights of the chosen parts, by name.
        without: Validation metric of the blend without each part, its weights chosen anew.
        validation: Validation metric of the blend.
        test: Metrics of the test split, by ranker and metric.
        differences: The blend compared with others.
        seconds: Wall time of all calls.
        memory: Largest memory of the process, in GiB.
        notes: Remarks, such as why a control was not run.

    Examples:
        >>> report = Report({"metric": "ndcg@20"}, {"users": 3}, validation=0.2)
        >>> Report.from_dict(report.to_dict()) == report
        True
    """

    settings: dict[str, Any]
    sizes: dict[str, int]
    tried: list[Part] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    without: dict[str, float] = field(default_factory=dict)
    validation: float = 0.0
    test: dict[str, dict[str, Interval]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    seconds: float = 0.0
    memory: float = 0.0
    notes: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Report:
        """Makes a report from plain data, as :meth:`to_dict` returns it."""
        read = dict(content)
        read["tried"] = [Part.from_dict(part) for part in read["tried"]]
        read["differences"] = [Difference(**one) for one in read["differences"]]
        read["test"] = {
            name: {metric: Interval(**one) for metric, one in found.items()} for name, found in read["test"].items()
        }
        return cls(**read)

    def save(self, folder: str | Path) -> Path:
        """Writes ``report.html``, ``report.md`` and ``report.json``, and returns the page.

        Args:
            folder: The folder.
        """
        folder = Path(folder)
        for file, page in self.pages().items():
            write_text(folder / file, page)
        write_manifest(folder / "report.json", self.to_dict(), _FORMAT)
        return folder / "report.html"

    def pages(self) -> dict[str, str]:
        """The pages ``report.html`` and ``report.md``, by the names of their files."""
        return {file: self._render(template) for file, template in _FILES.items()}

    def body(self) -> str:
        """What ``report.html`` shows, as HTML for another page, which gives it a style."""
        return self._render("report_body.html.jinja")

    def _render(self, template: str) -> str:
        from .figures import figures  # matplotlib is imported only where something is drawn

        environment = jinja2.Environment(
            loader=jinja2.PackageLoader("irllrec_pyg.search"),
            autoescape=jinja2.select_autoescape(("html.jinja",)),
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        environment.filters["seconds"] = format_seconds
        drawn = figures(self) if template.endswith(".html.jinja") else {}
        page = environment.get_template(template).render(report=self, figures=drawn, words=words(self))
        return page.rstrip("\n") + "\n"

    @classmethod
    def load(cls, folder: str | Path) -> Report:
        """Reads the report of a folder.

        Args:
            folder: The folder.

        Raises:
            FileNotFoundError: There is no report.
            ValueError: It is damaged or of another format.
        """
        file = Path(folder) / "report.json"
        if not file.is_file():
            raise FileNotFoundError(f"there is no report '{file}'")
        return cls.from_dict(read_manifest(file, _FORMAT, "fit again"))

    def __str__(self) -> str:
        lines = [f"blend of {len(self.weights)}: " + ", ".join(f"{w:.2f} {name}" for name, w in self.weights.items())]
        for name, found in self.test.items():
            lines.append(f"{name}: " + ", ".join(f"{metric} {value}" for metric, value in found.items()))
        return "\n".join(lines)
