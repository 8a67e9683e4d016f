"""Dataset of a folder with reviews."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch_geometric.data import InMemoryDataset

from ..corpus import SPLITS, feature_files, load_corpus
from ..corpus.review_corpus import num_texts
from ..data import set_features
from .feature_files import load_features
from .registry import DATASETS


@DATASETS.register("reviews")
class ReviewDataset(InMemoryDataset):
    """Interactions from raw reviews, with the titles of items and, once they are encoded, intent features. Items that a
    user rated low are in ``seen_index``, so that they are not recommended. ``data.rows_with_text`` has the numbers of
    reviews with a text and of all reviews.

    The folder is one that :func:`~irllrec_pyg.corpus.build_corpus` or the command ``irllrec-intents`` wrote. Features
    are loaded if ``features/manifest.json`` names their files, see :func:`~irllrec_pyg.text.encode_intents`. Unfinished
    features are not loaded. The texts of reviews are not read, and interactions and features are mapped into the
    memory, so that a folder may be larger than it.

    Args:
        root (str): The folder.
        transform (callable, optional): Applied to the data object at every access. (default: :obj:`None`)

    Raises:
        FileNotFoundError: There is no finished corpus in the folder.
        ValueError: A file is damaged, or the features belong to another corpus.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import tiny_corpus
        >>> folder = tempfile.mkdtemp()
        >>> _ = tiny_corpus(folder)
        >>> ReviewDataset(folder)[0]["user"].num_nodes
        8
    """

    def __init__(self, root: str | Path, transform: Callable[[Any], Any] | None = None) -> None:
        super().__init__(None, transform)
        corpus = load_corpus(root, with_reviews=False)
        title = dict(zip(corpus.items["item"], corpus.items["title"], strict=True))
        data = corpus.data
        data["item"].title = [title.get(item) or item for item in data["item"].original_id]
        counts = corpus.manifest["counts"]
        with_text = counts["with a text"] if "with a text" in counts else num_texts(corpus.reviews)  # earlier versions
        data.rows_with_text = [with_text, sum(counts[split] for split in SPLITS)]
        files = feature_files(root, corpus)
        if files is not None:
            set_features(data, "intent", *(feature.float() for feature in load_features(files)))
        self.data, self.slices = self.collate([data])
