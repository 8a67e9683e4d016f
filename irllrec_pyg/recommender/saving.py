"""Models and rankers in a folder that needs no training data."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from .._config import Configurable, from_config
from .._io import read_json, write_bytes, write_json
from ..data import fingerprint, versions
from .ids import ids_from_json, ids_to_json

FORMAT = 2  # of the folder; 1 had no tensors of arguments
_CONFIG = "config.json"
_TENSORS = "tensors"


def save_model(folder: str | Path, model: Configurable, data: HeteroData | None = None, **info: Any) -> Path:
    """Saves a model or a ranker: how it is built, its features, its weights, and the original ids.

    Any backbone, enhancer, closed form, blend or other ranker of the package can be saved, and so can classes of your
    own that inherit from one of them. The save is atomic: tensors are written under a name with a hash of their
    content, and ``config.json``, which names them, is replaced last. Until then the folder holds what it held before.

    Args:
        folder: The folder; created if it is missing.
        model: The model or ranker.
        data: The data object that it was trained on; its hash and original ids are saved. (default: none)
        **info: Further entries of ``config.json``, such as metrics, as plain data.

    Returns:
        The folder.

    Raises:
        TypeError: An argument of the model, an original id or an entry of ``info`` cannot be saved. Nothing was
            written.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> folder = save_model(tempfile.mkdtemp(), EASE.from_data(tiny_data()), tiny_data(), note="first")
        >>> load_model(folder)
        EASE(24, 20)
    """
    arguments: dict[str, Tensor] = {}
    config = model.config(arguments)
    tensors = {f"argument.{key}": tensor for key, tensor in arguments.items()}
    if isinstance(model, nn.Module):
        tensors |= {f"state.{key}": tensor for key, tensor in model.state_dict().items()}
    content: dict[str, Any] = {"format": FORMAT, "model": config, "versions": versions(), "info": info}
    if data is not None:
        content["data"] = fingerprint(data)
        content["ids"] = {
            side: ids_to_json(data[side].original_id) for side in ("user", "item") if "original_id" in data[side]
        }
    json.dumps(content)  # raises before anything is written
    # A copy of each: safetensors refuses tensors that share memory, such as a feature that is two arguments.
    packed = save({name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()})
    folder = Path(folder)
    content["tensors"] = f"{_TENSORS}-{hashlib.sha256(packed).hexdigest()[:16]}.safetensors"
    write_bytes(folder / content["tensors"], packed)
    write_json(folder / _CONFIG, content)
    for file in folder.glob(f"{_TENSORS}-*.safetensors"):
        if file.name != content["tensors"]:
            file.unlink(missing_ok=True)
    return folder


def load_model(folder: str | Path, data: HeteroData | None = None) -> Any:
    """Loads what :func:`save_model` saved, in evaluation mode.

    Args:
        folder: The folder.
        data: Data that must be those of the saved model, splits and features included. (default: not compared)

    Raises:
        FileNotFoundError: The folder holds no saved model.
        ValueError: A file is damaged or of another format, the class is unknown, or the data differ.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.models import LightGCN
        >>> from irllrec_pyg.testing import tiny_data
        >>> folder = save_model(tempfile.mkdtemp(), LightGCN(24, 20), tiny_data())
        >>> other = tiny_data(seed=1)
        >>> load_model(folder, other)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ValueError: ... was saved with other data ...
    """
    folder = Path(folder)
    content = _read_config(folder)
    if data is not None and content.get("data") != fingerprint(data):
        raise ValueError(
            f"'{folder}' was saved with other data (hash {content.get('data')}, not {fingerprint(data)}); load "
            "the same files with the same split and the same features"
        )
    file = folder / str(content["tensors"])
    try:
        tensors = load_file(file)
        arguments = {name[9:]: tensor for name, tensor in tensors.items() if name.startswith("argument.")}
        state = {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("state.")}
        model = from_config(content["model"], arguments)
        if isinstance(model, nn.Module):
            model.load_state_dict(state)
            model.eval()
    except (SafetensorError, OSError, KeyError, RuntimeError) as error:
        raise ValueError(f"'{file}' is missing or damaged ({error}); save the model again") from error
    return model


def load_ids(folder: str | Path) -> dict[str, list[Any]]:
    """Original ids of users and items that :func:`save_model` saved.

    Args:
        folder: The folder.

    Raises:
        FileNotFoundError: The folder holds no saved model.
        ValueError: The file is damaged or of another format.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.models import Popularity
        >>> from irllrec_pyg.testing import tiny_data
        >>> folder = save_model(tempfile.mkdtemp(), Popularity.from_data(tiny_data()), tiny_data())
        >>> load_ids(folder)["user"][:2]
        ['user 0', 'user 1']
    """
    return {side: ids_from_json(ids) for side, ids in _read_config(Path(folder)).get("ids", {}).items()}


def _read_config(folder: Path) -> dict[str, Any]:
    file = folder / _CONFIG
    if not file.is_file():
        raise FileNotFoundError(f"'{folder}' holds no saved model ('{_CONFIG}' is missing)")
    content = read_json(file)
    if content.get("format") != FORMAT:
        raise ValueError(
            f"'{file}' has the format {content.get('format', 1)}, but this version reads {FORMAT}; save the model "
            "again with this version"
        )
    return content
