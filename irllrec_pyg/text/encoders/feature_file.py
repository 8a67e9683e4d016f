"""Features on disk, written while they are encoded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ..._io import file_digest, replacing, write_json
from ...data import digest
from .text_encoder import TextEncoder

DTYPES = ("float16", "float32")
BATCH_SIZE = 64


def encode_to_file(
    texts: Sequence[str],
    encoder: TextEncoder,
    file: str | Path,
    dtype: str = "float32",
    batch_size: int = BATCH_SIZE,
    progress: bool = True,
) -> Path:
    """Encodes texts into a ``.npy`` file with one row per text. The features are never in memory all at once.

    The file is written when all texts are encoded; until then the rows are in a file with the ending ``.part``. A run
    that was stopped goes on with the batch at which it was stopped. Runs with other texts or settings have other part
    files. A ``.json`` file beside the features describes them: if it matches, nothing is encoded again.

    Args:
        texts: The texts. None of them is empty.
        encoder: The encoder.
        file: Path of the ``.npy`` file; its folder is created if it is missing.
        dtype: Type of the features on disk, ``"float16"`` or ``"float32"``. (default: ``"float32"``)
        batch_size: Number of texts in a batch. (default: ``64``)
        progress: Whether to show a progress bar, if there is a terminal. (default: ``True``)

    Returns:
        The path.

    Raises:
        ValueError: There are no texts, a text is empty, or an argument is out of range.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import save_tiny_llm
        >>> folder = Path(tempfile.mkdtemp())
        >>> encoder = TextEncoder(save_tiny_llm(folder / "model"))
        >>> file = encode_to_file(["wit", "a calm film"], encoder, folder / "features.npy", progress=False)
        >>> np.load(file).shape
        (2, 32)
    """
    _check(texts, file, dtype, batch_size)
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    key = encoding_digest(texts, encoder, dtype, batch_size)
    part = file.with_name(f"{file.stem}-{key}.part")
    state, about = part.with_suffix(".part.json"), file.with_suffix(".json")
    description = {"digest": key, "dtype": dtype, "rows": len(texts), "width": encoder.width, **encoder.recipe}
    written = _read(about)
    if written.get("digest") == key and file.is_file() and written["sha256"] == file_digest(file):
        return file
    shape = (len(texts), encoder.width)
    done = _read(state).get("batches", 0) if _is_array(part, shape, dtype) else 0
    if not done:
        state.unlink(missing_ok=True)  # before the part is made anew, so that it never counts rows that are not there
    out = np.lib.format.open_memmap(part, mode="r+" if done else "w+", dtype=dtype, shape=shape)
    with tqdm(
        total=len(texts), initial=done * batch_size, desc=file.stem, unit="text", disable=None if progress else True
    ) as bar:
        for batches, (rows, features) in enumerate(encoder.batches(texts, batch_size, done), start=done + 1):
            out[rows] = features.numpy()
            out.flush()
            encoded = min(batches * batch_size, len(texts))
            write_json(state, {**description, "batches": batches, "encoded": encoded})  # the rows are on the disk now
            bar.update(len(rows))
    del out
    # If the run is stopped between these lines, the hash does not match and the part is complete: the next run ends it.
    write_json(about, {**description, "sha256": file_digest(part)})
    with replacing(file) as temporary:
        part.replace(temporary)
    state.unlink(missing_ok=True)
    return file


def encoding_digest(texts: Sequence[str], encoder: TextEncoder, dtype: str, batch_size: int = BATCH_SIZE) -> str:
    """Hash of everything that a feature file depends on.

    Args:
        texts: The texts.
        encoder: The encoder.
        dtype: Type of the features on disk.
        batch_size: Number of texts in a batch. (default: ``64``)
    """
    return digest(list(texts), encoder.identity, dtype, batch_size)


def unfinished_files(folder: str | Path) -> dict[str, dict[str, Any]]:
    """Descriptions of the feature files of a folder that are not finished, by name.

    Args:
        folder: Folder of the feature files.
    """
    states = sorted(Path(folder).glob("*.part.json"))
    return {state.name.removesuffix(".part.json"): _read(state) for state in states if state.with_suffix("").is_file()}


def _check(texts: Sequence[str], file: str | Path, dtype: str, batch_size: int) -> None:
    if dtype not in DTYPES:
        raise ValueError(f"'dtype' must be one of {', '.join(DTYPES)} (got {dtype!r})")
    if batch_size < 1:
        raise ValueError(f"'batch_size' must be at least 1 (got {batch_size})")
    if Path(file).suffix != ".npy":
        raise ValueError(f"'file' must end in .npy (got '{file}')")
    if not len(texts):
        raise ValueError("'texts' has no text to encode")


def _read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _is_array(file: Path, shape: tuple[int, int], dtype: str) -> bool:
    """Whether a file holds an array of that shape and type."""
    if not file.is_file():
        return False
    try:
        array = np.load(file, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError):
        return False
    return array.shape == shape and array.dtype == dtype
