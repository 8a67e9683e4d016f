"""Files of tensors with a description and a hash of both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ._io import replacing
from ._manifest import check_format

_KEY = "irllrec_pyg"


def save_tensors(file: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Writes a safetensors file, as :func:`safetensors.torch.save_file`.

    Args:
        file: The file, a path of :func:`~irllrec_pyg._io.replacing`.
        tensors: The tensors. None of them share memory.
        metadata: Texts for the header of the file.

    Raises:
        OSError: The file cannot be written.
    """
    try:
        save_file(dict(tensors), file, dict(metadata))
    except SafetensorError as error:
        raise OSError(f"the tensors cannot be written ({error})") from error


def write_tensors(file: str | Path, tensors: Mapping[str, Tensor], meta: Mapping[str, Any], version: int) -> None:
    """Writes tensors and a description into one file. The file is complete or as it was before.

    Args:
        file: The file, ending in ``.safetensors``.
        tensors: The tensors, by name.
        meta: The description, in values that JSON can hold.
        version: Version of the format.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "x.safetensors"
        >>> write_tensors(file, {"weight": torch.eye(2)}, {"epoch": 3}, version=1)
        >>> read_tensors(file, 1, "delete it")[1]
        {'epoch': 3}
    """
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    header = {"format": version, "meta": dict(meta)}
    header["hash"] = _hash(contiguous, header)
    with replacing(file) as part:
        save_tensors(part, contiguous, {_KEY: json.dumps(header)})


def read_tensors(file: str | Path, version: int, remedy: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Reads a file of :func:`write_tensors`.

    Args:
        file: The file.
        version: Version of the format that can be read.
        remedy: What to do if it cannot be read, for the error message.

    Returns:
        The tensors, on the CPU, and the description.

    Raises:
        ValueError: The file is damaged, of another program, or of another version.
    """
    try:
        with safe_open(file, framework="pt") as stream:
            header = json.loads((stream.metadata() or {})[_KEY])
            check_format(file, header.get("format", 0), version, remedy)
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118 - it is no mapping
        found = header.pop("hash")
    except (SafetensorError, KeyError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"'{file}' is damaged or no file of irllrec_pyg ({error!r}); {remedy}") from error
    if found != _hash(tensors, header):
        raise ValueError(f"'{file}' is damaged: its content has another hash; {remedy}")
    return tensors, header["meta"]


def _hash(tensors: Mapping[str, Tensor], header: Mapping[str, Any]) -> str:
    """Hash of all that a file holds. The order of the tensors does not count."""
    result = hashlib.sha256(json.dumps(header).encode())
    for name, tensor in sorted(tensors.items()):
        result.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        result.update(tensor.flatten().view(torch.uint8).numpy().data if tensor.numel() else b"")
    return result.hexdigest()
