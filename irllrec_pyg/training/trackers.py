"""A training log that needs no other package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from accelerate.tracking import GeneralTracker


class JSONLinesTracker(GeneralTracker):
    """A tracker for :class:`accelerate.Accelerator` that appends one JSON record per epoch to a file.

    Choose it to log without a service; any other tracker of accelerate works as well.

    Args:
        path: The file. Its first line is the configuration.

    Examples:
        >>> from tempfile import mkdtemp
        >>> tracker = JSONLinesTracker(Path(mkdtemp()) / "run.jsonl")
        >>> tracker.log({"loss": 0.5}, step=1)
        >>> tracker.path.read_text()
        '{"step": 1, "loss": 0.5}\\n'
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
        """Appends the configuration.

        Args:
            values: The configuration.
        """
        self._append(values)

    def log(self, values: dict[str, Any], step: int | None = None, **kwargs: Any) -> None:
        """Appends a record.

        Args:
            values: The record.
            step: Number of the epoch. (default: ``None``)
            **kwargs: Ignored.
        """
        self._append({"step": step, **values})

    def _append(self, record: dict[str, Any]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
