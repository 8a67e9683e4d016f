"""The files of a corpus folder. The manifest is written last: a folder without it is not finished."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from .._io import file_digest, write_json_lines
from .._manifest import read_manifest, write_manifest
from .._tensors import read_tensors, write_tensors
from ..data import INTERACTS, SEEN, SPLIT_NAMES, fingerprint
from .records import Skipped

MANIFEST, REVIEWS, ITEMS, SEEN_PAIRS = "manifest.json", "reviews.jsonl.gz", "items.jsonl.gz", "seen.jsonl.gz"
DATA = "data.safetensors"
FORMAT = 1  # of the folder
_REMEDY = "delete the folder and build it again"


def write_folder(folder: Path, tables: Mapping[str, Iterable[Mapping[Any, Any]]], data: HeteroData) -> dict[str, Any]:
    """Writes the files of a corpus, and returns what its manifest says of them.

    Args:
        folder: The folder.
        tables: Rows of each table, by the name of its file. They are taken one at a time.
        data: The data object made from the tables.

    Raises:
        OSError: A file cannot be written.
    """
    for name, rows in tables.items():
        write_json_lines(folder / name, rows)
    edges = {name: data[INTERACTS][name] for name in (*SPLIT_NAMES.values(), SEEN) if name in data[INTERACTS]}
    ids = {side: _as_bytes(data[side].original_id) for side in ("user", "item")}
    write_tensors(folder / DATA, {**edges, **ids}, {}, FORMAT)
    files = {name: file_digest(folder / name) for name in (*tables, DATA)}
    return {"data": fingerprint(data, features=()), "files": files}


def finish_folder(folder: Path, description: Mapping[str, Any]) -> dict[str, Any]:
    """Writes the manifest of a corpus, and returns it. It is the last step, which makes the files valid.

    Args:
        folder: The folder.
        description: Sources, settings and counts, and what :func:`write_folder` returned.

    Raises:
        OSError: The file cannot be written.
    """
    manifest = {"made": datetime.now(timezone.utc).isoformat(timespec="seconds"), **description}
    write_manifest(folder / MANIFEST, manifest, FORMAT)
    return manifest


def check_new(folder: Path) -> None:
    """Checks that a folder holds no corpus.

    Args:
        folder: The folder.

    Raises:
        FileExistsError: It holds one.
    """
    if (folder / MANIFEST).is_file():
        raise FileExistsError(f"'{folder}' holds a corpus already; load it, or choose another folder")


def read_folder(folder: str | Path) -> dict[str, Any]:
    """Manifest of a finished corpus.

    Args:
        folder: Folder of the corpus.

    Raises:
        FileNotFoundError: There is no finished corpus in the folder.
        ValueError: The manifest is damaged, or the folder has another format.
    """
    file = Path(folder) / MANIFEST
    if not file.is_file():
        raise FileNotFoundError(f"there is no finished corpus in '{folder}': '{MANIFEST}' is missing; build it first")
    return read_manifest(file, FORMAT, "delete this file and build the corpus again")


def checked_file(folder: str | Path, manifest: Mapping[str, Any], name: str) -> Path:
    """Path of a file of a corpus, which is as it was written.

    Args:
        folder: Folder of the corpus.
        manifest: Its manifest.
        name: Name of the file.

    Raises:
        ValueError: The file is missing, or was changed.
    """
    file = Path(folder) / name
    if not file.is_file() or file_digest(file) != manifest["files"][name]:
        raise ValueError(f"'{file}' is not as it was written; {_REMEDY}")
    return file


def load_interactions(folder: str | Path, manifest: Mapping[str, Any]) -> HeteroData:
    """The data object of a corpus, from the file that holds nothing else. Its pairs are mapped into the memory: they
    are read when they are needed, and the system may drop them again.

    Args:
        folder: Folder of the corpus.
        manifest: Its manifest.

    Raises:
        ValueError: The file is damaged.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import tiny_corpus
        >>> folder = tempfile.mkdtemp()
        >>> corpus = tiny_corpus(folder)
        >>> data = load_interactions(folder, read_folder(folder))
        >>> torch.equal(data[INTERACTS].edge_index, corpus.data[INTERACTS].edge_index)
        True
    """
    tensors, _ = read_tensors(checked_file(folder, manifest, DATA), FORMAT, _REMEDY)
    data = HeteroData()
    for side in ("user", "item"):
        ids = json.loads(tensors.pop(side).numpy().tobytes())
        data[side].num_nodes, data[side].original_id = len(ids), ids
    for name, pairs in tensors.items():
        data[INTERACTS][name] = pairs
    return data


def source(file: str | Path, skipped: Skipped) -> dict[str, Any]:
    """What the manifest says of a raw file.

    Args:
        file: The file.
        skipped: Its lines that could not be read.
    """
    size = Path(file).stat().st_size
    return {"sha256": file_digest(file), "bytes": size, "lines": skipped.lines, "bad": skipped.bad}


def _as_bytes(ids: list[Any]) -> Tensor:
    return torch.frombuffer(bytearray(json.dumps(ids).encode()), dtype=torch.uint8)
