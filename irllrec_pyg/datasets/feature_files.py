"""Text features from files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from ..corpus.clean import on_one_line
from .unpickle import load_pickle

SUFFIXES = (".npy", ".safetensors", ".pkl")
_MAX_REASON = 300


def load_features(files: str | Path | Sequence[str | Path]) -> tuple[Tensor, Tensor]:
    """Loads the features of users and of items.

    Args:
        files: Two files, users first, each ``.npy``, ``.pkl`` (a pickled array, as published) or ``.safetensors``
            with one tensor; or a single ``.safetensors`` file with the tensors ``user`` and ``item``.

    Returns:
        Features of users ``[M, d_t]`` and of items ``[N, d_t]``.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A file has another format, is damaged, or does not hold a matrix of numbers. The message names it.

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> np.save(folder / "user.npy", np.ones((3, 2), dtype="float32"))
        >>> np.save(folder / "item.npy", np.ones((4, 2), dtype="float32"))
        >>> [feature.shape for feature in load_features([folder / "user.npy", folder / "item.npy"])]
        [torch.Size([3, 2]), torch.Size([4, 2])]
    """
    paths = [Path(files)] if isinstance(files, str | Path) else [Path(file) for file in files]
    if len(paths) == 1:
        tensors = _read(paths[0])
        if not {"user", "item"} <= set(tensors):
            raise ValueError(
                f"'{paths[0]}' holds {sorted(tensors)[:9] or 'nothing'}, but a single feature file must be "
                ".safetensors with the tensors 'user' and 'item'; give two files otherwise, users first"
            )
        user, item = tensors["user"], tensors["item"]
    elif len(paths) == 2:
        read = [_read(path) for path in paths]
        for path, tensors in zip(paths, read, strict=True):
            if len(tensors) != 1:
                raise ValueError(f"'{path}' holds {len(tensors)} tensors {sorted(tensors)[:9]}, need one")
        user, item = (next(iter(tensors.values())) for tensors in read)
    else:
        raise ValueError(f"need one feature file or two (got {len(paths)}): users first, then items")
    for path, side, feature in ((paths[0], "user", user), (paths[-1], "item", item)):
        if feature.dim() != 2 or not feature.is_floating_point():
            raise ValueError(
                f"{side} features must be a matrix of floating point numbers (got {feature.dtype} of shape "
                f"{list(feature.shape)} from '{path}')"
            )
    return user, item


def _read(path: Path) -> dict[str, Tensor]:
    if path.suffix not in SUFFIXES:
        raise ValueError(f"cannot read features from '{path}'; give one of {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise FileNotFoundError(f"there is no feature file '{path}'")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        if path.suffix == ".pkl":
            return {"": _tensor(load_pickle(path))}
        # Mapped, so that rows are read when they are needed; what is written to them stays in the memory.
        return {"": _tensor(np.load(path, mmap_mode="c", allow_pickle=False))}
    except Exception as error:  # a damaged header can fail in any way
        reason = on_one_line(str(error)[:_MAX_REASON]) or type(error).__name__
        raise ValueError(
            f"cannot read features from '{path}': {reason}; write the file again, as one matrix of numbers"
        ) from error


def _tensor(array: Any) -> Tensor:
    return torch.from_numpy(np.asarray(array).astype(array.dtype.newbyteorder("="), copy=False))
