"""Features on disk, written while they are made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..._io import write_json
from .text_encoder import TextEncoder

DTYPES = ("float16", "float32")


def encode_to_file(
    texts: Sequence[str],
    encoder: TextEncoder,
    file: str | Path,
    dtype: str = "float32",
    batch_size: int = 64,
    progress: bool = True,
) -> Path:
    """Encodes texts into a ``.npy`` file, a row a text, without ever holding all of it in memory.

    What was written is known from a ``.json`` file beside it: a run that was stopped goes on with the batch that it was
    at, and texts that are encoded already, by the same model in the same way, are not encoded again.

    Args:
        texts: What to encode.
        encoder: Makes the features.
        file: Where to; its folder is made where missing.
        dtype: Of the file, ``"float16"`` or ``"float32"``. (default: ``"float32"``)
        batch_size: Texts run at once. (default: ``64``)
        progress: Whether to show a progress bar, where there is a terminal to show it on. (default: ``True``)

    Returns:
        The file.

    Raises:
        ValueError: A text is empty, or there is no such ``dtype``.
    """
    if dtype not in DTYPES:
        raise ValueError(f"'dtype' must be one of {', '.join(DTYPES)} (got {dtype!r})")
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(json.dumps([list(texts), encoder.recipe, dtype, batch_size]).encode()).hexdigest()
    about, unfinished = file.with_suffix(".json"), file.with_suffix(".part")
    shape, total = (len(texts), encoder.width), -(-len(texts) // batch_size)
    found = json.loads(about.read_text()) if about.is_file() else {}
    same = found.get("digest") == digest
    if same and found["batches"] == total and file.is_file() and not unfinished.is_file():
        return file
    done = found["batches"] if same and unfinished.is_file() else 0
    out = np.lib.format.open_memmap(unfinished, mode="r+" if done else "w+", dtype=dtype, shape=shape)
    recipe = {"digest": digest, "dtype": dtype, "rows": len(texts), **encoder.recipe}
    with tqdm(
        total=len(texts), initial=done * batch_size, desc=file.stem, unit="text", disable=None if progress else True
    ) as bar:
        for number, (rows, features) in enumerate(encoder.batches(texts, batch_size, done), start=done + 1):
            out[rows] = features.numpy()
            out.flush()
            write_json(about, {**recipe, "batches": number})  # after the rows: they are there, if it says so
            bar.update(len(rows))
    del out
    unfinished.replace(file)
    return file
