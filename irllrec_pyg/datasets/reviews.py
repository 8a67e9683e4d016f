"""The data object of a folder that ``irllrec-intents`` made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch_geometric.data import InMemoryDataset

from ..corpus import FEATURES, load_corpus
from ..data import set_features
from .feature_files import load_features

class ReviewDataset(InMemoryDataset):
    """Interactions from raw reviews, with the titles of items and, once they are encoded, intent features.

    The folder is one that :func:`~irllrec_pyg.datasets.raw.build_corpus` wrote, or the command ``irllrec-intents``,
    whose features stand in ``features/user.npy`` and ``features/item.npy``.

    Args:
        root (str): The folder.
        transform (callable, optional): Applied to the data object at every access. (default: :obj:`None`)

    Raises:
        FileNotFoundError: There is no finished corpus in the folder.
        ValueError: A file is damaged, or the features do not fit.
    """

    def __init__(self, root: str | Path, transform: Callable[[Any], Any] | None = None) -> None:
        super().__init__(None, transform)
        corpus = load_corpus(root)
        title = dict(zip(corpus.items["item"], corpus.items["title"], strict=True))
        data = corpus.data
        data["item"].title = [title.get(item) or item for item in data["item"].original_id]
        files = [Path(root) / name for name in FEATURES]
        if all(file.is_file() for file in files):
            set_features(data, "intent", *(feature.float() for feature in load_features(files)))
        self.data, self.slices = self.collate([data])
