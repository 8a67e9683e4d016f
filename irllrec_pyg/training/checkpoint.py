"""Checkpoint files: tensors in safetensors, a description in JSON, a hash of both, nothing pickled."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from .._tensors import read_tensors, write_tensors

FORMAT = 1


def write_checkpoint(path: str | Path, tensors: Mapping[str, Tensor], meta: Mapping[str, Any]) -> None:
    """Writes tensors and a description into one file. The file is complete or as it was.

    Args:
        path: The file, ending in ``.safetensors``.
        tensors: The tensors, by name.
        meta: The description, in values that JSON can hold.

    Examples:
        >>> from tempfile import mkdtemp
        >>> file = Path(mkdtemp()) / "run.safetensors"
        >>> write_checkpoint(file, {"weight": torch.eye(2)}, {"epoch": 3})
        >>> read_checkpoint(file)[1]
        {'epoch': 3}
    """
    write_tensors(path, tensors, meta, FORMAT)


def read_checkpoint(path: str | Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Reads a file of :func:`write_checkpoint`.

    Args:
        path: The file.

    Returns:
        The tensors, on the CPU, and the description.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged, no checkpoint of this package, or one of another format.

    Examples:
        >>> read_checkpoint("missing.safetensors")
        Traceback (most recent call last):
        FileNotFoundError: there is no checkpoint 'missing.safetensors'
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint '{path}'")
    return read_tensors(path, FORMAT, "delete it")
