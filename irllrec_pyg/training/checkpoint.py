"""Checkpoints and saved models: tensors in safetensors, the rest in JSON, nothing pickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch_geometric.data import HeteroData

from ..datasets import fingerprint
from ..models import Recommender, create_model

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


def save_model(folder: str | Path, model: Recommender, data: HeteroData, **info: Any) -> Path:
    """Saves a model: ``model.safetensors``, ``config.json`` (arguments, versions, data fingerprint, and whatever else
    is given) and, where the data has original ids, ``vocabulary.json``.

    Args:
        folder: Where to; made if need be.
        model: A model made by :func:`~irllrec_pyg.models.create_backbone` or its kin.
        data: What it was trained on.
        **info: Further entries of ``config.json``, such as metrics.

    Raises:
        ValueError: The model has no ``config``, so nothing could build it again.
    """
    if not model.config:
        raise ValueError(
            f"this {type(model).__name__} has no 'config'; build it with create_backbone and create_enhancer, or keep "
            "its state_dict with safetensors yourself"
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    save_file(state, folder / "model.safetensors")
    sizes = {"num_users": model.num_users, "num_items": model.num_items}
    config = {"model": model.config, **sizes, "data": fingerprint(data), "versions": versions(), **info}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    vocabulary = {side: data[side].original_id for side in ("user", "item") if "original_id" in data[side]}
    if vocabulary:
        (folder / "vocabulary.json").write_text(json.dumps(vocabulary) + "\n")
    return folder


def load_model(folder: str | Path, data: HeteroData) -> Recommender:
    """Loads what :func:`save_model` saved, in evaluation mode.

    Args:
        folder: Where it is.
        data: The data object it was trained on, with the features that its enhancer reads.

    Raises:
        FileNotFoundError: The folder holds no saved model.
        ValueError: The data is not what the model was trained on.
    """
    folder = Path(folder)
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"'{folder}' holds no saved model (config.json is missing)")
    config = json.loads((folder / "config.json").read_text())
    if config["data"] != fingerprint(data):
        raise ValueError(
            f"'{folder}' was trained on data {config['data']}, but this data is {fingerprint(data)}; load the same "
            "files with the same split seed"
        )
    model = create_model(config["model"], data)
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model.eval()


def versions() -> dict[str, str]:
    """Versions of what results depend on."""
    return {name: version(name) for name in ("irllrec-pyg", "torch", "torch-geometric")}
