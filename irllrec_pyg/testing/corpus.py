"""A corpus of reviews small enough for tests and examples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..corpus import ReviewCorpus


def tiny_corpus(folder: str | Path, num_users: int = 8, num_items: int = 40, seed: int = 0) -> ReviewCorpus:
    """Builds a corpus of synthetic movie reviews in a folder.

    The raw files are in ``raw/``, see :func:`~irllrec_pyg.datasets.write_reviews`.

    Args:
        folder: Folder of the corpus; it is created if it is missing.
        num_users: Number of users. (default: ``8``)
        num_items: Number of items before filtering, at least 40. (default: ``40``)
        seed: Seed of the reviews and of the split. (default: ``0``)

    Raises:
        FileExistsError: The folder holds a corpus already.

    Examples:
        >>> import tempfile
        >>> corpus = tiny_corpus(tempfile.mkdtemp())
        >>> corpus.data["user"].num_nodes
        8
    """
    from ..corpus import build_corpus, read_amazon_2023  # pandas is not needed for the test of a layer
    from ..datasets import write_reviews

    raw = Path(folder) / "raw"
    write_reviews(raw, num_users, num_items, seed)
    reviews = read_amazon_2023(raw / "reviews.jsonl", raw / "meta.jsonl")
    return build_corpus(reviews, folder, k=2, seed=seed)
