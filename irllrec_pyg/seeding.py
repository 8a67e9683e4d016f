"""Random states."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seeds what is inside, and leaves the caller's random state as it was.

    Args:
        seed: The seed.
        device: Whose state is seeded beside the CPU's.
    """
    devices = [] if device.type == "cpu" else [device]
    with torch.random.fork_rng(devices, device_type=device.type if devices else "cuda"):
        torch.manual_seed(seed)
        yield


def stream_seed(seed: int, epoch: int, stream: str) -> int:
    """Seed of one stream of random numbers, so that no two streams of a run are the same numbers.

    Args:
        seed: Seed of the run.
        epoch: Number of the epoch.
        stream: Name of the stream, such as ``"noise"``.

    Examples:
        >>> stream_seed(0, 1, "noise") == stream_seed(0, 1, "negatives")
        False
    """
    return int.from_bytes(hashlib.sha256(f"{stream} {seed} {epoch}".encode()).digest()[:7], "big")
