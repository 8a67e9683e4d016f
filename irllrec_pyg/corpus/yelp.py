"""The Yelp open dataset."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .lines import DEFAULT_LIMITS, Limits
from .records import RawReviews, pair_rows
from .values import name, number, prose, seconds


def read_yelp(reviews: str | Path, businesses: str | Path, limits: Limits = DEFAULT_LIMITS) -> RawReviews:
    """Reads the `Yelp open dataset <https://business.yelp.com/data/resources/open-dataset/>`_. An item is a business;
    its description is its categories and its city, for there is no other.

    Args:
        reviews: ``yelp_academic_dataset_review.json``, gzipped or not.
        businesses: ``yelp_academic_dataset_business.json``, gzipped or not.
        limits: How much of the files is read, see :class:`~irllrec_pyg.corpus.Limits`. (default: enough for the
            published files)

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A file holds no such record.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> folder = Path(tempfile.mkdtemp())
        >>> review = '{"user_id": "a", "business_id": "x", "stars": 4, "text": "Good.", "date": "2020-01-01 00:00:00"}'
        >>> _ = (folder / "review.json").write_text(review)
        >>> _ = (folder / "business.json").write_text('{"business_id": "x", "name": "Bakery", "city": "Ulm"}')
        >>> read_yelp(folder / "review.json", folder / "business.json").items["description"].tolist()
        ['Ulm']
    """
    return pair_rows([reviews], businesses, review_row, item_row, limits).in_memory()


def review_row(record: dict[str, Any]) -> tuple[Any, ...]:
    """Row of a review, from its record."""
    written = datetime.fromisoformat(record["date"])
    written = written if written.tzinfo else written.replace(tzinfo=timezone.utc)
    ids = name(record["user_id"]), name(record["business_id"])
    return *ids, number(record["stars"], "a rating"), "", prose(record.get("text")), seconds(written.timestamp())


def item_row(record: dict[str, Any]) -> tuple[Any, ...]:
    """Row of an item, from its record."""
    about = [prose(record.get(key)) for key in ("categories", "city")]
    return name(record["business_id"]), prose(record.get("name")), "; ".join(filter(None, about))
