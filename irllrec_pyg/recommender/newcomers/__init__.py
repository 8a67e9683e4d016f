"""Users and items that are new."""

from __future__ import annotations

from typing import Any


class Newcomers:
    def __init__(self, ranker: Any, data: Any) -> None:
        raise NotImplementedError
