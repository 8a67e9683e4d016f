"""What a run says while it trains."""

from __future__ import annotations

import sys
from types import TracebackType

from tqdm import tqdm


class Progress:
    """A progress bar on a terminal, and lines elsewhere, both on standard error.

    Args:
        total: Number of epochs.
        done: Number of epochs that an earlier run has trained.
        start: The first line, which says what begins.
        quiet: Whether nothing is written.

    Examples:
        >>> with Progress(3, done=0, start="training", quiet=True) as progress:
        ...     progress.update(1, {"loss": 0.5}, say=True)
    """

    def __init__(self, total: int, done: int, start: str, quiet: bool) -> None:
        self.total, self.start = total, start
        self.lines = not quiet and not sys.stderr.isatty()
        self.quiet = quiet
        self.bar = tqdm(total=total, initial=done, desc="train", unit="epoch", disable=quiet or self.lines)

    def __enter__(self) -> Progress:
        if not self.quiet:
            tqdm.write(self.start, file=sys.stderr)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.close()

    def update(self, epoch: int, values: dict[str, float], say: bool) -> None:
        """Shows an epoch.

        Args:
            epoch: Number of the epoch.
            values: What to show, by name.
            say: Whether the epoch gets a line of its own where there is no terminal.
        """
        shown = {name: f"{value:.4f}" for name, value in values.items()}
        self.bar.update()
        self.bar.set_postfix(shown)
        if self.lines and say:
            words = ", ".join(f"{name} {value}" for name, value in shown.items())
            print(f"epoch {epoch}/{self.total}: {words}", file=sys.stderr, flush=True)
