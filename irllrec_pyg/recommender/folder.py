"""An engine as one folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor
from torch_geometric.data import HeteroData

from .._checks import known_finite
from .._io import read_json, replacing
from .._locks import folder_lock
from .._manifest import check_manifest, write_manifest
from .._tensors import save_tensors
from ..data import digest, tensor_digest, versions
from ..ranking import Ranker
from .columns import Column, ColumnFile, encode_columns, write_table
from .computed import computed
from .hashed_files import SMALL, check_hashed, remove_unnamed, write_hashed
from .model_card import GENERATED, model_card
from .saving import build_model, describe_model
from .stored_data import StoredData
from .updating import Source

FORMAT = 1
_CONFIG, _CARD = "config.json", "README.md"
_STEMS = {"tensors": "model", "user": "users", "item": "items"}
_LAZY = 100_000  # nodes of a side up to which its columns are read when a folder is opened
_REMEDY = "save the engine again"


def save_engine(
    folder: str | Path,
    ranker: Ranker,
    data: HeteroData,
    info: Mapping[str, Any] | None = None,
    sources: Sequence[Source] = (),
) -> Path:
    """Writes a ranker and its data to a folder. :meth:`Engine.save_pretrained
    <irllrec_pyg.recommender.Engine.save_pretrained>` calls it, and says what the folder holds.

    Args:
        folder: The folder; created if it is missing.
        ranker: The ranker.
        data: The data object.
        info: What is known about the ranker, as plain data. (default: nothing)
        sources: How the ranker was made, so that training can continue. (default: none)

    Returns:
        The folder.

    Raises:
        ImportError: pyarrow is not installed.
        OSError: A file cannot be written, such as on a full disk. The folder holds what it held before.
        RuntimeError: Another process writes to the folder.
        TypeError: The ranker, an attribute of the data or an entry of ``info`` cannot be saved. The folder holds what
            it held before.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.models import Popularity
        >>> from irllrec_pyg.testing import tiny_data
        >>> folder = save_engine(tempfile.mkdtemp(), Popularity.from_data(tiny_data()), tiny_data())
        >>> load_engine(folder)[0]
        Popularity(24, 20)
    """
    config, tensors, state = describe_model(computed(ranker))
    stored = StoredData.from_data(data)
    tensors |= stored.tensors
    state_keys = _add_tensors(state, tensors)
    origins = [{**vars(one), "state": one.state and _add_tensors(one.state, tensors)} for one in sources]
    content: dict[str, Any] = {"kind": "engine", "versions": versions()}
    content |= {"identity": digest(config, state_keys, stored.stores), "features": _features(data)}
    content |= {
        "model": config,
        "state": state_keys,
        "data": stored.stores,
        "info": dict(info or {}),
        "sources": origins,
    }
    encoded = {side: encode_columns(columns) for side, columns in stored.columns.items()}
    content["columns"] = {side: {"rows": data[side].num_nodes, "kinds": kinds} for side, (_, kinds) in encoded.items()}
    json.dumps(content)  # raises before anything is written
    card = model_card(ranker, data, info or {})
    folder, files = Path(folder), {}
    with folder_lock(folder):
        try:
            files["tensors"] = write_hashed(
                folder, _STEMS["tensors"], ".safetensors", lambda file: _save_tensors(file, tensors)
            )
            for side, (table, _) in encoded.items():
                files[side] = write_hashed(folder, _STEMS[side], ".parquet", partial(write_table, table=table))
            with _replacing_card(folder / _CARD, card):
                write_manifest(folder / _CONFIG, content | {"files": files}, FORMAT)
        finally:
            remove_unnamed(folder, _STEMS.values(), folder / _CONFIG)
    return folder


def load_engine(folder: str | Path, verify: bool = False) -> tuple[Any, HeteroData, dict[str, Any], list[Source]]:
    """Reads the ranker, the data, the info and the sources of a folder.

    Large tensors are mapped into memory and read when they are used. So are ids, titles and texts, where there are more
    than 100,000 users or items: then each is a :class:`Column` instead of a list.

    Args:
        folder: The folder.
        verify: Whether the hashes of large files are checked too, for which they are read once. (default: ``False``)

    Raises:
        FileNotFoundError: The folder holds no saved engine.
        ValueError: A file is missing, damaged or of another format, or the ranker's class is unknown.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.models import Popularity
        >>> from irllrec_pyg.testing import tiny_data
        >>> folder = save_engine(tempfile.mkdtemp(), Popularity.from_data(tiny_data()), tiny_data(), {"note": "first"})
        >>> load_engine(folder, verify=True)[2]
        {'note': 'first'}
    """
    folder = Path(folder)
    content = _read_config(folder)
    files = {kind: check_hashed(folder, entry, _REMEDY, verify) for kind, entry in content["files"].items()}
    tensors = _load_tensors(files["tensors"])
    columns: dict[str, Mapping[str, Sequence[Any]]] = {}
    for side, table in content["columns"].items():
        file = ColumnFile(files[side])
        lazy = {name: Column(file, name, kind, table["rows"]) for name, kind in table["kinds"].items()}
        columns[side] = lazy if table["rows"] > _LAZY else {name: column.tolist() for name, column in lazy.items()}
    try:
        state = {name: tensors[key] for name, key in content["state"].items()}
        data = StoredData(content["data"], tensors, columns).to_data()
        sources = [_source(entry, tensors) for entry in content["sources"]]
    except KeyError as error:
        raise ValueError(f"'{files['tensors']}' is damaged: {error} is missing; {_REMEDY}") from error
    except (TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"'{folder / _CONFIG}' is damaged ({str(error)[:200]}); {_REMEDY}") from error
    with known_finite():
        ranker = build_model(folder, content["model"], tensors, state, content["versions"])
    return ranker, data, content["info"], sources


@contextmanager
def _replacing_card(file: Path, card: str) -> Iterator[None]:
    """Replaces the model card at the end of the block, unless it is the user's own."""
    if file.is_file() and GENERATED not in file.read_text(encoding="utf-8"):
        yield
        return
    with replacing(file) as part:
        part.write_text(card, encoding="utf-8")
        yield


def _add_tensors(added: Mapping[str, Tensor], tensors: dict[str, Tensor]) -> dict[str, str]:
    """Adds tensors by their hash, and returns the hash of each."""
    keys = {name: tensor_digest(value) for name, value in added.items()}
    tensors.update({keys[name]: value for name, value in added.items()})
    return keys


def _source(entry: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Source:
    state = entry["state"] and {name: tensors[key] for name, key in entry["state"].items()}
    return Source(**{**entry, "state": state})


def _features(data: HeteroData) -> dict[str, int]:
    """Widths of the features of items, by name."""
    items = data["item"].items()
    return {name: value.size(1) for name, value in items if isinstance(value, Tensor) and value.dim() == 2}


def _save_tensors(file: Path, tensors: Mapping[str, Tensor]) -> None:
    seen: set[int] = set()
    packed = {}
    for name, value in tensors.items():
        tensor = value.detach().cpu()
        # safetensors refuses tensors that share memory or are not contiguous.
        alone = tensor.is_contiguous() and tensor.untyped_storage().nbytes() == tensor.numel() * tensor.element_size()
        packed[name] = tensor if alone and tensor.data_ptr() not in seen else tensor.contiguous().clone()
        seen.add(tensor.data_ptr())
    save_tensors(file, packed, {"format": "pt"})


def _load_tensors(file: Path) -> dict[str, Tensor]:
    """The tensors of a file. Large ones are mapped; the others are copied, which also aligns them in memory, so that
    the scores of a loaded ranker equal those of the saved one to the last bit."""
    try:
        with safe_open(file, framework="pt") as stream:
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118 - it is no dictionary
    except (SafetensorError, OSError) as error:
        raise ValueError(f"'{file}' is damaged ({error}); {_REMEDY}") from error
    small = {name: tensor.numel() * tensor.element_size() <= SMALL for name, tensor in tensors.items()}
    return {name: tensor.clone() if small[name] else tensor for name, tensor in tensors.items()}


def _read_config(folder: Path) -> dict[str, Any]:
    file = folder / _CONFIG
    if not file.is_file():
        raise FileNotFoundError(f"'{folder}' holds no saved engine ('{_CONFIG}' is missing); save one there")
    content = read_json(file)
    if content.get("kind") != "engine":
        raise ValueError(f"'{folder}' holds no saved engine; a model of 'save_model' is opened with 'load_model'")
    check_manifest(file, content, FORMAT, _REMEDY)
    for key in ("model", "state", "data", "sources", "files", "columns", "info", "versions"):
        kind = list if key in ("data", "sources") else dict
        if not isinstance(content.get(key), kind):
            raise ValueError(f"'{file}' is damaged: {key!r} is missing; {_REMEDY}")
    return content
