"""Datasets by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch_geometric.data import HeteroData, InMemoryDataset

from .._registry import Registry

#: Datasets by name. Each is called with a folder and gives a PyG dataset of one data object. A new one is a file in
#: this folder, or an entry point of the group ``irllrec_pyg.dataset`` in another package.
DATASETS: Registry[Callable[..., InMemoryDataset]] = Registry("dataset", "irllrec_pyg.datasets")


def load_dataset(name: str, root: str | Path, **kwargs: Any) -> HeteroData:
    """Loads the data object of a dataset.

    Args:
        name: Name of the dataset, such as ``"lastfm"``.
        root: Folder of its files.
        **kwargs: Further arguments of the dataset.

    Raises:
        ValueError: No dataset has that name; the message lists those that exist.
        FileNotFoundError: A file is missing.

    Examples:
        >>> import tempfile
        >>> load_dataset("synthetic", tempfile.mkdtemp(), num_users=20, num_items=40)["user"].num_nodes
        20
    """
    data: HeteroData = DATASETS[name](root, **kwargs)[0]
    return data
