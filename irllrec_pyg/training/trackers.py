"""A log that needs no other package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from accelerate.tracking import GeneralTracker


class JSONLinesTracker(GeneralTracker):
    """A tracker for :class:`accelerate.Accelerator` that appends one JSON record an epoch to a file.

    ``Accelerator(log_with=JSONLinesTracker("run.jsonl"))``; any other tracker of accelerate's works as well.

    Args:
        path: The file; its first line is the configuration.
    """

    name = "jsonlines"
    requires_logging_directory = False

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)

    @property
    def tracker(self) -> Path:
        """The file."""
        return self.path

    def store_init_configuration(self, values: dict[str, Any]) -> None:
        """Writes the configuration."""
        self._append(values)

    def log(self, values: dict[str, Any], step: int | None = None, **kwargs: Any) -> None:
        """Writes a record."""
        self._append({"step": step, **values})

    def _append(self, record: dict[str, Any]) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(record) + "\n")
