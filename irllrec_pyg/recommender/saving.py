"""Models and rankers in a folder that needs no training data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from .._config import Configurable, from_config
from .._io import file_digest, read_json
from .._locks import folder_lock
from .._manifest import check_manifest, write_manifest
from .._tensors import save_tensors
from ..data import fingerprint, versions
from ..models import BACKBONES, CLOSED_FORMS, ENHANCERS, STANDALONE
from ..seeding import seeded
from .hashed_files import remove_unnamed, write_hashed
from .ids import ids_from_json, ids_to_json

FORMAT = 2  # of the folder; 1 had no tensors of arguments
_CONFIG = "config.json"
_TENSORS = "tensors"
_METADATA = {"format": "pt"}


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
        OSError: A file cannot be written, such as on a full disk. The folder holds what it held before.
        RuntimeError: Another process writes to the folder.
        TypeError: The object, an argument of it, an original id or an entry of ``info`` cannot be saved. Nothing was
            written.
        ValueError: The data has other numbers of users and items than the model. Nothing was written.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> folder = save_model(tempfile.mkdtemp(), EASE.from_data(tiny_data()), tiny_data(), note="first")
        >>> load_model(folder)
        EASE(24, 20)
    """
    config, arguments, state = describe_model(model)
    tensors = {f"argument.{key}": tensor for key, tensor in arguments.items()}
    tensors |= {f"state.{key}": tensor for key, tensor in state.items()}
    content: dict[str, Any] = {"model": config, "versions": versions(), "info": info}
    if data is not None:
        _check_sizes(model, data)
        content["data"] = {"splits": fingerprint(data, features=()), "all": fingerprint(data)}
        content["ids"] = {
            side: ids_to_json(data[side].original_id) for side in ("user", "item") if "original_id" in data[side]
        }
    json.dumps(content)  # raises before anything is written
    # A copy of each: safetensors refuses tensors that share memory, such as a feature that is two arguments.
    packed = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    folder = Path(folder)
    with folder_lock(folder):
        try:
            entry = write_hashed(folder, _TENSORS, ".safetensors", lambda file: save_tensors(file, packed, _METADATA))
            write_manifest(folder / _CONFIG, content | {"tensors": entry["name"]}, FORMAT)
        finally:
            remove_unnamed(folder, [_TENSORS], folder / _CONFIG)
    return folder


def load_model(folder: str | Path, data: HeteroData | None = None) -> Any:
    """Loads what :func:`save_model` saved, in evaluation mode.

    Args:
        folder: The folder.
        data: Data that must be those of the saved model, splits and features included. (default: not compared)

    Raises:
        FileNotFoundError: The folder holds no saved model.
        ValueError: A file is damaged or of another format, the class is unknown or has other arguments now, or the data
            differ. A class of your own is known once its module is imported.

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
    if data is not None:
        _check_data(folder, content.get("data"), data)
    tensors = _read_tensors(folder / content["tensors"])
    arguments = {name[9:]: tensor for name, tensor in tensors.items() if name.startswith("argument.")}
    state = {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("state.")}
    return build_model(folder, content["model"], arguments, state, content.get("versions"))


def describe_model(model: Any) -> tuple[dict[str, Any], dict[str, Tensor], dict[str, Tensor]]:
    """The config of a model or ranker, the tensors among its arguments, and its state.

    Args:
        model: The model or ranker.

    Raises:
        TypeError: The object or an argument of it cannot be saved.

    Examples:
        >>> from irllrec_pyg.models import LightGCN
        >>> config, arguments, state = describe_model(LightGCN(24, 20))
        >>> config["class"], len(arguments), list(state)
        ('LightGCN', 0, ['embedding'])
    """
    if not isinstance(model, Configurable):
        raise TypeError(f"a {type(model).__name__} cannot be saved; inherit from a model or ranker of the package")
    arguments: dict[str, Tensor] = {}
    config = model.config(arguments)
    return config, arguments, dict(model.state_dict()) if isinstance(model, nn.Module) else {}


def build_model(
    folder: Path,
    config: Mapping[str, Any],
    arguments: Mapping[str, Tensor],
    state: Mapping[str, Tensor],
    saved_with: Any = None,
) -> Any:
    """Builds what :func:`describe_model` described, in evaluation mode.

    Args:
        folder: The folder that holds it, for error messages.
        config: The config.
        arguments: The tensors among its arguments.
        state: Its state.
        saved_with: Versions that it was saved with, for error messages. (default: unknown)

    Raises:
        ValueError: The class is unknown, or has other arguments now.

    Examples:
        >>> from irllrec_pyg.models import LightGCN
        >>> build_model(Path("model"), *describe_model(LightGCN(24, 20)))
        LightGCN(24, 20, embedding_dim=32, num_layers=3)
    """
    for registry in (BACKBONES, CLOSED_FORMS, ENHANCERS, STANDALONE):
        len(registry)  # imports the models that are files of a folder or entry points
    try:
        with seeded(0):  # initial weights, which are replaced, leave the caller's random state as it is
            model = from_config(config, arguments)
        if isinstance(model, nn.Module):
            model.load_state_dict(state)
            model.eval()
    except (TypeError, RuntimeError) as error:
        raise ValueError(
            f"'{folder}' was saved with {saved_with}, and this version cannot build it: {error}"
        ) from error
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
        raise FileNotFoundError(f"'{folder}' holds no saved model ('{_CONFIG}' is missing); save one there")
    content = read_json(file)
    if content.get("kind") == "engine":
        raise ValueError(f"'{folder}' holds an engine, not a model; open it with Engine.from_pretrained")
    check_manifest(file, content, FORMAT, "save the model again")
    for key, kind in (("model", dict), ("tensors", str)):
        if not isinstance(content.get(key), kind):
            raise ValueError(f"'{file}' is damaged: {key!r} is missing; save the model again")
    return content


def _tensor_file(digest: str) -> str:
    return f"{_TENSORS}-{digest[:16]}.safetensors"


def _read_tensors(file: Path) -> dict[str, Tensor]:
    try:
        if file.name != _tensor_file(file_digest(file)):
            raise ValueError("its content has another hash")
        return load_file(file)
    except (SafetensorError, OSError, ValueError) as error:
        raise ValueError(f"'{file}' is missing or damaged ({error}); save the model again") from error


def _check_sizes(model: Any, data: HeteroData) -> None:
    sizes = {name: getattr(model, name, None) for name in ("num_users", "num_items")}
    expected = {"num_users": data["user"].num_nodes, "num_items": data["item"].num_nodes}
    if sizes != expected:
        raise ValueError(f"the model has {sizes}, but 'data' has {expected}; give the data that it was trained on")


def _check_data(folder: Path, saved: Mapping[str, str] | None, data: HeteroData) -> None:
    if saved is None:
        raise ValueError(f"'{folder}' was saved without data, so none can be compared; load it without 'data'")
    if saved["all"] != fingerprint(data):
        part = "features" if saved["splits"] == fingerprint(data, features=()) else "splits"
        raise ValueError(
            f"'{folder}' was saved with other data (the {part} differ); load the same files with the same split "
            "and the same features"
        )
