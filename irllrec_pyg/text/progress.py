"""Progress bar that estimates the time left beyond its own texts."""

from __future__ import annotations

from typing import Any

from tqdm import tqdm


class TextBar(tqdm):
    """A bar that counts texts of one kind, and shows the time left of these and of those that follow.

    Args:
        unit (str): Name of the texts.
        total (int): Number of texts of this kind.
        to_follow (int, optional): Number of texts of other kinds that follow. Each is expected to take as long as
            one of this kind. (default: :obj:`0`)
        **kwargs (optional): Further arguments of :class:`tqdm.tqdm`.

    Examples:
        >>> import io
        >>> output = io.StringIO()
        >>> with TextBar("items", total=2, to_follow=4, file=output) as bar:
        ...     _ = bar.update(2)
        >>> "items: 100%" in output.getvalue() and "left of all" in output.getvalue()
        True
    """

    def __init__(self, unit: str, total: int, to_follow: int = 0, **kwargs: Any) -> None:
        self.to_follow = to_follow
        bar_format = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}, {left} left of all]"
        super().__init__(total=total, desc=unit, unit="text", bar_format=bar_format, **kwargs)

    @property
    def format_dict(self) -> dict[str, Any]:
        """Values of the bar, with the time left."""
        values = super().format_dict
        values["left"] = time_left(values["elapsed"], values["n"], int(self.total or 0), self.to_follow)
        return dict(values)


def time_left(elapsed: float, done: int, total: int, to_follow: int) -> str:
    """Time that the texts of a bar and those that follow will take, if each takes as long as the earlier ones did.

    Args:
        elapsed: Seconds so far.
        done: Number of texts that are done.
        total: Number of texts of the bar.
        to_follow: Number of texts that follow.

    Examples:
        >>> time_left(60.0, 10, 20, 30), time_left(5.0, 0, 20, 30)
        ('04:00', '?')
    """
    return tqdm.format_interval(elapsed / done * (total - done + to_follow)) if done else "?"
