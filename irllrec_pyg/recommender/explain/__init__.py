"""Why an item is recommended."""

from __future__ import annotations

from typing import Any


class Explanation:
    pass


def explain(ranker: Any, data: Any, user: Any, item: Any, **options: Any) -> Any:
    raise NotImplementedError
