"""Checkpoints and saved models: tensors in safetensors, the rest in JSON, nothing pickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor


_KEY = "irllrec_pyg"


def write_checkpoint(path: str | Path, tensors: Mapping[str, Tensor], meta: Mapping[str, Any]) -> None:
    """Writes tensors and a JSON description into one file, which is replaced as a whole or not at all.

    Args:
        path: The file, ending in ``.safetensors``.
        tensors: What to keep.
        meta: Anything that JSON can hold; it stands in the file's header.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, part, {_KEY: json.dumps(meta)})
    part.replace(path)


def read_checkpoint(path: str | Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Reads what :func:`write_checkpoint` wrote.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged, or no checkpoint of this package.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint '{path}'")
    try:
        with safe_open(path, framework="pt") as file:
            meta = json.loads((file.metadata() or {})[_KEY])
            return {name: file.get_tensor(name) for name in file.keys()}, meta  # noqa: SIM118 - no mapping
    except (SafetensorError, KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"'{path}' is damaged or no checkpoint of irllrec_pyg ({error!r}); delete it") from error


def versions() -> dict[str, str]:
    """Versions of what results depend on."""
    return {name: version(name) for name in ("irllrec-pyg", "torch", "torch-geometric")}
