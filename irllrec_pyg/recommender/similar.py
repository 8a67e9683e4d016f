"""Items and users that are alike."""

from __future__ import annotations

from typing import Any


def similar_items(ranker: Any, data: Any, items: Any, k: int = 10, **options: Any) -> Any:
    raise NotImplementedError


def similar_users(ranker: Any, data: Any, users: Any, k: int = 10, **options: Any) -> Any:
    raise NotImplementedError
