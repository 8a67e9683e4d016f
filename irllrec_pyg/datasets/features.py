"""Text features from files."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch_geometric.data import HeteroData

from .interactions import INTERACTS
from .unpickle import load_pickle

SUFFIXES = (".npy", ".safetensors", ".pkl")


def load_features(files: str | Path | Sequence[str | Path]) -> tuple[Tensor, Tensor]:
    """Loads the features of users and of items.

    Args:
        files: Two files, users first, each ``.npy``, ``.pkl`` (a pickled array, as published) or ``.safetensors``
            with one tensor; or a single ``.safetensors`` file with the tensors ``user`` and ``item``.

    Returns:
        Features of users ``[M, d_t]`` and of items ``[N, d_t]``.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A file has another format, or does not hold a matrix of numbers.
    """
    paths = [Path(files)] if isinstance(files, str | Path) else [Path(file) for file in files]
    if len(paths) == 1:
        tensors = _read(paths[0])
        if not {"user", "item"} <= set(tensors):
            raise ValueError(
                f"'{paths[0]}' holds {sorted(tensors) or 'nothing'}, but a single feature file must be .safetensors "
                "with the tensors 'user' and 'item'; give two files otherwise, users first"
            )
        user, item = tensors["user"], tensors["item"]
    elif len(paths) == 2:
        read = [_read(path) for path in paths]
        for path, tensors in zip(paths, read, strict=True):
            if len(tensors) != 1:
                raise ValueError(f"'{path}' holds {len(tensors)} tensors {sorted(tensors)}, need one")
        user, item = (next(iter(tensors.values())) for tensors in read)
    else:
        raise ValueError(f"need one feature file or two (got {len(paths)}): users first, then items")
    for side, feature in (("user", user), ("item", item)):
        if feature.dim() != 2 or not feature.is_floating_point():
            raise ValueError(
                f"{side} features must be a matrix of floating point numbers (got {feature.dtype} of shape "
                f"{list(feature.shape)})"
            )
    return user, item


def check_features(name: str, user: Tensor, item: Tensor, num_users: int, num_items: int) -> None:
    """Checks a pair of feature matrices.

    Args:
        name: What to call them in errors.
        user: Features of users.
        item: Features of items.
        num_users: Rows that ``user`` must have.
        num_items: Rows that ``item`` must have.

    Raises:
        ValueError: Rows do not match the nodes, values are NaN or infinite, or widths differ.
    """
    for side, feature, rows in (("user", user, num_users), ("item", item, num_items)):
        if feature.dim() != 2 or feature.size(0) != rows:
            raise ValueError(
                f"'{name}' features of {side}s are {list(feature.shape)}, but there are {rows} {side}s; give a row a "
                "node, encoded in the order of the ids, users first"
            )
        if not feature.isfinite().all():
            row = int((~feature.isfinite()).any(dim=1).nonzero()[0])
            raise ValueError(f"'{name}' features of {side}s hold NaN or infinity, first in row {row}; encode it again")
    if user.size(1) != item.size(1):
        raise ValueError(
            f"'{name}' features are {user.size(1)} wide for users and {item.size(1)} for items; use one encoder"
        )


def has_text(feature: Tensor) -> Tensor:
    """Mask of the nodes that have a text, ``[n]``: a row of zeros stands for one that is missing, and no encoder makes
    such a row of a text."""
    return feature.ne(0).any(dim=-1)


def unit_features(feature: Tensor, center: bool = False) -> Tensor:
    """Rows of unit length in single precision; those of zeros, which have no text, stay.

    Args:
        feature: ``[n, d_t]``.
        center: Whether the mean over the rows that have a text is taken from these first. (default: ``False``)
    """
    ids = has_text(feature).nonzero().squeeze(1)
    told = feature.index_select(0, ids).float()
    if center and told.size(0) > 1:
        told = told - told.mean(dim=0)
    return told.new_zeros(feature.shape).index_copy_(0, ids, torch.nn.functional.normalize(told, dim=-1))


def set_features(data: HeteroData, name: str, user: Tensor, item: Tensor) -> HeteroData:
    """Puts features beside the nodes they belong to, as ``data["user"][name]`` and ``data["item"][name]``.

    A row of zeros says that a node has no text (:func:`has_text`): it takes no part in the terms that read texts, and
    is recommended all the same.

    Raises:
        ValueError: As :func:`check_features`.
    """
    check_features(name, user, item, data["user"].num_nodes, data["item"].num_nodes)
    data["user"][name], data["item"][name] = user, item
    return data


def features_of(data: HeteroData, name: str) -> tuple[Tensor, Tensor]:
    """Features of users and of items, such as ``data["user"].intent``.

    Raises:
        ValueError: A side lacks them.
    """
    for side in ("user", "item"):
        if name not in data[side]:
            raise ValueError(
                f"data['{side}'] has no '{name}' features; give the dataset feature files, or make them with "
                "irllrec_pyg.text.text_features and set_features"
            )
    return data["user"][name], data["item"][name]


def mean_of_items(data: HeteroData, item: Tensor) -> Tensor:
    """User features where users have no text: the mean of their training items', at unit length. Items without text do
    not count, and users of only such items have none either.

    Args:
        data: The data object; only its training interactions are read.
        item: Item features, ``[N, d_t]``.

    Returns:
        ``[M, d_t]``.
    """
    user, taken = data[INTERACTS].edge_index
    total = item.new_zeros(data["user"].num_nodes, item.size(1)).index_add_(0, user, item[taken])
    return torch.nn.functional.normalize(total, dim=-1)


def shuffle_features(data: HeteroData, name: str, seed: int = 0) -> HeteroData:
    """A copy of the data whose features are dealt out anew among the nodes of each side.

    The control of every claim that text helps: widths, norms and distribution stay, the meaning is gone. Nodes without
    text stay without.

    Args:
        data: The data object; it is left as it is.
        name: Such as ``"intent"``.
        seed: Of the shuffle. (default: ``0``)
    """
    generator = torch.Generator().manual_seed(seed)
    shuffled = copy(data)
    for side in ("user", "item"):
        feature = data[side][name].clone()
        told = has_text(feature).nonzero().squeeze(1)
        order = torch.randperm(told.numel(), generator=generator).to(told.device)
        feature[told] = feature[told[order]]
        shuffled[side][name] = feature
    return shuffled


def _read(path: Path) -> dict[str, Tensor]:
    if path.suffix not in SUFFIXES:
        raise ValueError(f"cannot read features from '{path}'; give one of {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise FileNotFoundError(f"there is no feature file '{path}'")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        array = np.load(path, allow_pickle=False) if path.suffix == ".npy" else load_pickle(path)
        return {"": torch.from_numpy(np.asarray(array))}
    except (SafetensorError, EOFError, TypeError, ValueError) as error:
        raise ValueError(f"cannot read features from '{path}': {error}") from error
