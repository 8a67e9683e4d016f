"""Intent features of a corpus on disk: a pair of files, and a manifest that makes them valid together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._io import file_digest
from .._manifest import read_manifest, write_manifest
from ..data import digest
from .review_corpus import ReviewCorpus

FEATURE_FOLDER = "features"
FORMAT = 1  # of the folder of features
_MANIFEST = "manifest.json"
_SIDES = ("user", "item")
_REMEDY = "delete it and encode the intents again"


def write_feature_manifest(
    folder: str | Path, corpus: ReviewCorpus, files: Mapping[str, str | Path], description: Mapping[str, Any]
) -> Path:
    """Makes two feature files the intent features of a corpus.

    The manifest is written in one step, after both files. Until then the files that it named before stay valid.

    Args:
        folder: Folder of the corpus. The files are in its folder ``features/``.
        corpus: The corpus.
        files: Finished files of ``user`` and ``item``.
        description: How the features were made, as plain data.

    Returns:
        Path of the manifest.

    Examples:
        >>> import tempfile
        >>> import numpy as np
        >>> from irllrec_pyg.testing import tiny_corpus
        >>> folder = Path(tempfile.mkdtemp())
        >>> corpus, place = tiny_corpus(folder), folder / "features"
        >>> files = {side: place / f"{side}.npy" for side in ("user", "item")}
        >>> (folder / "features").mkdir()
        >>> for side, file in files.items():
        ...     np.save(file, np.ones((corpus.data[side].num_nodes, 4), dtype="float32"))
        >>> _ = write_feature_manifest(folder, corpus, files, {"encoder": "none"})
        >>> [file.name for file in feature_files(folder, corpus)]
        ['user.npy', 'item.npy']
    """
    file = Path(folder) / FEATURE_FOLDER / _MANIFEST
    named = {side: {"name": Path(files[side]).name, "sha256": file_digest(files[side])} for side in _SIDES}
    write_manifest(file, {**description, "corpus": _identity(corpus), "files": named}, FORMAT)
    return file


def read_feature_manifest(folder: str | Path) -> dict[str, Any] | None:
    """Reads the manifest of the intent features, or :obj:`None` if there is none.

    Args:
        folder: Folder of the corpus.

    Raises:
        ValueError: The manifest is damaged or of another format.

    Examples:
        >>> import tempfile
        >>> read_feature_manifest(tempfile.mkdtemp()) is None
        True
    """
    file = Path(folder) / FEATURE_FOLDER / _MANIFEST
    if not file.is_file():
        return None
    manifest = read_manifest(file, FORMAT, _REMEDY)
    try:
        entries = [manifest["files"][side] for side in _SIDES]
        if all(isinstance(entry[key], str) for entry in entries for key in ("name", "sha256")):
            return manifest
    except (KeyError, TypeError):
        pass
    raise ValueError(f"'{file}' is damaged; {_REMEDY}")


def feature_files(folder: str | Path, corpus: ReviewCorpus) -> tuple[Path, Path] | None:
    """Files of users and items that the manifest names, or :obj:`None` if there is no manifest.

    Args:
        folder: Folder of the corpus.
        corpus: The corpus.

    Raises:
        ValueError: The features belong to another corpus, or a file is missing or was changed.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import tiny_corpus
        >>> folder = tempfile.mkdtemp()
        >>> feature_files(folder, tiny_corpus(folder)) is None
        True
    """
    manifest = read_feature_manifest(folder)
    if manifest is None:
        return None
    if manifest.get("corpus") != _identity(corpus):
        raise ValueError(f"the features in '{folder}' belong to another corpus; encode the intents again")
    user, item = (Path(folder) / FEATURE_FOLDER / manifest["files"][side]["name"] for side in _SIDES)
    for side, file in zip(_SIDES, (user, item), strict=True):
        if not file.is_file() or file_digest(file) != manifest["files"][side]["sha256"]:
            raise ValueError(f"'{file}' is missing or not as it was written; encode the intents again")
    return user, item


def _identity(corpus: ReviewCorpus) -> str:
    return digest(corpus.manifest["files"])
