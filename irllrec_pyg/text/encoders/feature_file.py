"""Features on disk, written while they are encoded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ..._io import file_digest
from ..._locks import file_lock
from ..._manifest import read_manifest, write_manifest
from ..._replacing import naming, rename, reserve
from ...data import digest
from .text_encoder import TextEncoder

DTYPES = ("float16", "float32")
BATCH_SIZE = 64
FORMAT = 1  # of the file and of its description


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
        OSError: The file cannot be written, such as on a full disk. What is encoded already is kept.
        RuntimeError: Another process writes the same file.
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
    with file_lock(file):
        _encode(_Job(file, list(texts), encoder, dtype, batch_size), progress)
    return file


class _Job:
    """What is encoded into which file, and the files of a run that is not finished."""

    def __init__(self, file: Path, texts: list[str], encoder: TextEncoder, dtype: str, batch_size: int) -> None:
        self.file, self.texts, self.encoder, self.dtype, self.batch_size = file, texts, encoder, dtype, batch_size
        self.key = encoding_digest(texts, encoder, dtype, batch_size)
        self.shape = (len(texts), encoder.width)
        self.about = file.with_suffix(".json")
        self.part = file.with_name(f"{file.stem}-{self.key}.part")
        self.state = self.part.with_suffix(".part.json")

    @property
    def description(self) -> dict[str, Any]:
        """How the features are made."""
        return {"digest": self.key, "dtype": self.dtype, "rows": self.shape[0], "width": self.shape[1]} | {
            **self.encoder.recipe
        }

    def finished(self) -> bool:
        """Whether the file holds the features already."""
        written = _read(self.about)
        same = written.get("digest") == self.key and self.file.is_file()
        return same and written.get("sha256") == file_digest(self.file)

    def open_part(self) -> tuple[np.memmap[Any, Any], int]:
        """The unfinished features, and the number of batches that they hold."""
        state = _read(self.state)
        same = state.get("digest") == self.key and _is_array(self.part, self.shape, self.dtype)
        if same and state["batches"]:
            return np.lib.format.open_memmap(self.part, mode="r+"), state["batches"]
        self.state.unlink(missing_ok=True)  # before the part is made anew, so that it never counts rows not there
        try:
            with naming(self.part):
                out = np.lib.format.open_memmap(self.part, mode="w+", dtype=self.dtype, shape=self.shape)
                reserve(self.part)
        except OSError:
            self.part.unlink(missing_ok=True)
            raise
        return out, 0


def _encode(job: _Job, progress: bool) -> None:
    if job.finished():
        return
    out, done = job.open_part()
    with tqdm(
        total=len(job.texts),
        initial=done * job.batch_size,
        desc=job.file.stem,
        unit="text",
        disable=None if progress else True,
    ) as bar:
        for batches, (rows, features) in enumerate(
            job.encoder.batches(job.texts, job.batch_size, done), start=done + 1
        ):
            out[rows] = features.numpy()
            with naming(job.part):
                out.flush()
            encoded = min(batches * job.batch_size, len(job.texts))
            # The rows are on the disk now.
            write_manifest(job.state, {**job.description, "batches": batches, "encoded": encoded}, FORMAT)
            bar.update(len(rows))
    del out
    # If the run is stopped between these lines, the hash does not match and the part is complete: the next run ends it.
    write_manifest(job.about, {**job.description, "sha256": file_digest(job.part)}, FORMAT)
    rename(job.part, job.file)
    job.state.unlink(missing_ok=True)


def encoding_digest(texts: Sequence[str], encoder: TextEncoder, dtype: str, batch_size: int = BATCH_SIZE) -> str:
    """Hash of everything that a feature file depends on.

    Args:
        texts: The texts.
        encoder: The encoder.
        dtype: Type of the features on disk.
        batch_size: Number of texts in a batch. (default: ``64``)
    """
    return digest(list(texts), encoder.identity, dtype, batch_size)


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
    return read_manifest(file, FORMAT, "delete it, and the texts are encoded again") if file.is_file() else {}


def _is_array(file: Path, shape: tuple[int, int], dtype: str) -> bool:
    """Whether a file holds an array of that shape and type."""
    if not file.is_file():
        return False
    try:
        array = np.load(file, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError):
        return False
    return array.shape == shape and array.dtype == dtype
