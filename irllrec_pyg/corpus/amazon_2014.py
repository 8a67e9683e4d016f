"""Amazon reviews of 2014."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .clean import without_markup
from .lines import DEFAULT_LIMITS, Limits
from .records import RawReviews, pair_rows
from .values import name, number, prose, seconds


def read_amazon_2014(reviews: str | Path, meta: str | Path, limits: Limits = DEFAULT_LIMITS) -> RawReviews:
    """Reads the reviews of `Amazon product data (2014) <https://jmcauley.ucsd.edu/data/amazon/>`_, whole or 5-core, and
    their metadata, whose lines are in Python's notation; gzipped or not. Markup in texts is removed.

    Args:
        reviews: File of reviews, such as ``reviews_Books_5.json.gz``.
        meta: File of metadata, such as ``meta_Books.json.gz``.
        limits: How much of the files is read, see :class:`~irllrec_pyg.corpus.Limits`. (default: enough for the
            published files)

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A file holds no such record.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> folder = Path(tempfile.mkdtemp())
        >>> review = '{"reviewerID": "a", "asin": "x", "overall": 5, "reviewText": "Fine.", "unixReviewTime": 0}'
        >>> _ = (folder / "reviews.json").write_text(review)
        >>> _ = (folder / "meta.json").write_text("{'asin': 'x', 'title': 'Alien'}")
        >>> read_amazon_2014(folder / "reviews.json", folder / "meta.json").items["title"].tolist()
        ['Alien']
    """
    return pair_rows([reviews], meta, review_row, item_row, limits).in_memory()


def review_row(record: dict[str, Any]) -> tuple[Any, ...]:
    """Row of a review, from its record."""
    ids = name(record["reviewerID"]), name(record["asin"])
    words = (without_markup(prose(record.get(key))) for key in ("summary", "reviewText"))
    return *ids, number(record["overall"], "a rating"), *words, seconds(record["unixReviewTime"])


def item_row(record: dict[str, Any]) -> tuple[Any, ...]:
    """Row of an item, from its record."""
    words = (without_markup(prose(record.get(key))) for key in ("title", "description"))
    return name(record["asin"]), *words
