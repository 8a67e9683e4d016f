"""Random states and seeds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def seeded(seed: int, device: torch.device | str = "cpu") -> Iterator[None]:
    """Seeds the random numbers of a block, and restores the caller's random state afterwards.

    Args:
        seed: The seed.
        device: Device whose random state is seeded together with the CPU's. (default: ``"cpu"``)

    Examples:
        >>> with seeded(0):
        ...     first = torch.rand(1)
        >>> with seeded(0):
        ...     torch.equal(torch.rand(1), first)
        True
    """
    device = torch.device(device)
    devices = [] if device.type == "cpu" else [device]
    with torch.random.fork_rng(devices, device_type=device.type if devices else "cuda"):
        torch.manual_seed(seed)
        yield


def stream_seed(seed: int, epoch: int, stream: str) -> int:
    """Seed of one stream of random numbers, so that no two streams of a run draw the same numbers.

    Args:
        seed: Seed of the run.
        epoch: Number of the epoch.
        stream: Name of the stream, such as ``"noise"``.

    Examples:
        >>> stream_seed(0, 1, "noise") == stream_seed(0, 1, "negatives")
        False
    """
    return int.from_bytes(hashlib.sha256(f"{stream} {seed} {epoch}".encode()).digest()[:7], "big")
