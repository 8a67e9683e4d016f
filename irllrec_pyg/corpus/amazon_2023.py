"""Amazon Reviews 2023."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .clean import without_markup
from .lines import DEFAULT_LIMITS, Limits
from .records import RawReviews, pair_rows
from .values import name, number, prose, seconds


def read_amazon_2023(reviews: str | Path, meta: str | Path, limits: Limits = DEFAULT_LIMITS) -> RawReviews:
    """Reads reviews and product metadata in the layout of `Amazon Reviews 2023
    <https://amazon-reviews-2023.github.io>`_, JSON lines, gzipped or not. An item is a parent product. Markup
    in texts is removed.

    Args:
        reviews: File of reviews, such as ``Movies_and_TV.jsonl.gz``.
        meta: File of metadata, such as ``meta_Movies_and_TV.jsonl.gz``.
        limits: How much of the files is read, see :class:`~irllrec_pyg.corpus.Limits`. (default: enough for the
            published files)

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A file holds no such record.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> folder = Path(tempfile.mkdtemp())
        >>> from irllrec_pyg.datasets import write_reviews
        >>> write_reviews(folder, num_users=2)
        >>> raw = read_amazon_2023(folder / "reviews.jsonl", folder / "meta.jsonl")
        >>> raw.reviews["user"].nunique(), len(raw.items)
        (2, 200)
    """
    return pair_rows([reviews], meta, review_row, item_row, limits).in_memory()


def review_row(record: dict[str, Any]) -> tuple[Any, ...]:
    """Row of a review, from its record."""
    ids = name(record["user_id"]), name(record["parent_asin"])
    words = (without_markup(prose(record.get(key))) for key in ("title", "text"))
    return *ids, number(record["rating"], "a rating"), *words, seconds(record["timestamp"], unit=1000)


def item_row(record: dict[str, Any]) -> tuple[Any, ...]:
    """Row of an item, from its record."""
    words = (without_markup(prose(record.get(key))) for key in ("title", "description"))
    return name(record["parent_asin"]), *words
