"""Recommendations for all users in a file."""

from __future__ import annotations

from typing import Any


def export_recommendations(file: Any, ranker: Any, data: Any, **options: Any) -> Any:
    raise NotImplementedError
