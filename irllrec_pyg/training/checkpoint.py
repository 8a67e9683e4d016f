"""Checkpoint files: tensors in safetensors, a description in JSON, nothing pickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from .._io import replacing

_KEY = "irllrec_pyg"


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
    with replacing(path) as part:
        contiguous = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
        save_file(contiguous, part, {_KEY: json.dumps(meta)})


def read_checkpoint(path: str | Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Reads a file of :func:`write_checkpoint`.

    Args:
        path: The file.

    Returns:
        The tensors, on the CPU, and the description.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged, or no checkpoint of this package.

    Examples:
        >>> read_checkpoint("missing.safetensors")
        Traceback (most recent call last):
        FileNotFoundError: there is no checkpoint 'missing.safetensors'
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint '{path}'")
    try:
        with safe_open(path, framework="pt") as file:
            meta = json.loads((file.metadata() or {})[_KEY])
            return {name: file.get_tensor(name) for name in file.keys()}, meta  # noqa: SIM118 - it is no mapping
    except (SafetensorError, KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"'{path}' is damaged or no checkpoint of irllrec_pyg ({error!r}); delete it") from error
