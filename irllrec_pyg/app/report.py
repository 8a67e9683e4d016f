"""The report of a search, as text."""

from __future__ import annotations

import json

from ..recommender import Engine


def report_text(engine: Engine) -> str:
    """What is known about the ranker, in Markdown: the report of :func:`~irllrec_pyg.fit` where it made the engine.

    Args:
        engine: The engine.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> print(report_text(Engine(EASE.from_data(tiny_data()), tiny_data(), {"note": "first"})))
        **Ranker:** `EASE(24, 20)`
        <BLANKLINE>
        **note:** first
    """
    from jinja2 import TemplateError

    from ..search.report import Report

    try:
        return Report.from_dict(engine.info).pages()["report.md"]
    except (AttributeError, LookupError, TypeError, ValueError, TemplateError):  # it is no report
        return "\n\n".join([f"**Ranker:** `{engine.ranker!r}`", *map(_entry, engine.info, engine.info.values())])


def _entry(name: str, value: object) -> str:
    if isinstance(value, str | int | float | bool):
        return f"**{name}:** {value}"
    return f"**{name}:**\n```json\n{json.dumps(value, indent=1, default=str, ensure_ascii=False)}\n```"
