"""What the trackers of a run record: its settings once, and one record per epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accelerate import Accelerator


def start_trackers(accelerator: Accelerator, settings: Mapping[str, Any]) -> None:
    """Starts the trackers of an accelerator, unless an earlier run has started them.

    Args:
        accelerator: The accelerator.
        settings: Settings of the run, in plain values.
    """
    if not accelerator.trackers:
        accelerator.init_trackers("irllrec_pyg", config=parameters(settings))


def end_trackers(accelerator: Accelerator) -> None:
    """Closes the trackers of an accelerator. A later run starts them again.

    :meth:`accelerate.Accelerator.end_training` closes them too, but also the connection between processes.

    Args:
        accelerator: The accelerator.
    """
    for tracker in accelerator.trackers:
        tracker.finish()
    accelerator.trackers = []


def parameters(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as parameters: one number or text for each dotted name, which is what trackers compare runs by.

    Args:
        settings: Settings, in plain values.

    Examples:
        >>> parameters({"lr": 0.1, "k": [5, 10], "model": {"class": "LightGCN", "arguments": {"num_layers": 3}}})
        {'lr': 0.1, 'k': '5, 10', 'model.class': 'LightGCN', 'model.arguments.num_layers': 3}
    """
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, list | tuple) and any(isinstance(part, Mapping | list | tuple) for part in value):
            value = {str(number): part for number, part in enumerate(value)}
        if isinstance(value, Mapping):
            found |= {f"{name}.{inner}": part for inner, part in parameters(value).items()}
        elif isinstance(value, list | tuple):
            found[name] = ", ".join(map(str, value))
        else:
            found[name] = "none" if value is None else value
    return found
