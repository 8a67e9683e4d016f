"""The report of a search, as a piece of the page."""

from __future__ import annotations

import json

from ..recommender import Engine
from .pieces import facts


def report_html(engine: Engine) -> str:
    """What is known about the ranker, as HTML: the report of :func:`~irllrec_pyg.fit` where it made the engine.

    Args:
        engine: The engine.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> report_html(Engine(EASE.from_data(tiny_data()), tiny_data(), {"note": "first"}))
        '<dl class="facts"><dt>Ranker</dt><dd>EASE(24, 20)</dd><dt>note</dt><dd>first</dd></dl>'
    """
    from jinja2 import TemplateError

    from ..search.report import Report

    try:
        return f'<div class="report">{Report.from_dict(engine.info).body()}</div>'
    except (AttributeError, LookupError, TypeError, ValueError, TemplateError):  # it is no report
        return facts({"Ranker": repr(engine.ranker)} | {name: _text(value) for name, value in engine.info.items()})


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int | float | bool) else json.dumps(value, default=str)
