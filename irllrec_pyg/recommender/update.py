"""New interactions, users and items join."""

from __future__ import annotations

from typing import Any


def update(engine: Any, interactions: Any, **options: Any) -> Any:
    raise NotImplementedError
