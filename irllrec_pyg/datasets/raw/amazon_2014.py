"""Amazon reviews of 2014."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from .records import ITEM_COLUMNS, REVIEW_COLUMNS, RawReviews, name, prose, read_records


def read_amazon_2014(reviews: str | Path, meta: str | Path) -> RawReviews:
    """Reads the reviews of `Amazon product data (2014) <https://jmcauley.ucsd.edu/data/amazon/>`_, whole or 5-core, and
    their metadata, whose lines are in Python's notation; gzipped or not.

    Args:
        reviews: File of reviews, such as ``reviews_Books_5.json.gz``.
        meta: File of metadata, such as ``meta_Books.json.gz``.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A file holds no such record.
    """
    review_table, bad_reviews = read_records(reviews, _review, REVIEW_COLUMNS)
    item_table, bad_items = read_records(meta, _item, ITEM_COLUMNS)
    return RawReviews(review_table, item_table, {str(reviews): bad_reviews, str(meta): bad_items})


def _review(record: dict[str, Any]) -> tuple[Any, ...]:
    ids = name(record["reviewerID"]), name(record["asin"])
    words = (html.unescape(prose(record.get(key))) for key in ("summary", "reviewText"))
    return *ids, float(record["overall"]), *words, int(record["unixReviewTime"])


def _item(record: dict[str, Any]) -> tuple[Any, ...]:
    words = (html.unescape(prose(record.get(key))) for key in ("title", "description"))
    return name(record["asin"]), *words
