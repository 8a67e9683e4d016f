"""The Yelp open dataset."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .records import RawReviews, name, prose, read_pair


def read_yelp(reviews: str | Path, businesses: str | Path) -> RawReviews:
    """Reads the `Yelp open dataset <https://business.yelp.com/data/resources/open-dataset/>`_. An item is a business;
    its description is its categories and its city, for there is no other.

    Args:
        reviews: ``yelp_academic_dataset_review.json``, gzipped or not.
        businesses: ``yelp_academic_dataset_business.json``, gzipped or not.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A file holds no such record.
    """
    return read_pair(reviews, businesses, _review, _item)


def _review(record: dict[str, Any]) -> tuple[Any, ...]:
    written = datetime.fromisoformat(record["date"]).replace(tzinfo=timezone.utc)
    ids = name(record["user_id"]), name(record["business_id"])
    return *ids, float(record["stars"]), "", prose(record.get("text")), int(written.timestamp())


def _item(record: dict[str, Any]) -> tuple[Any, ...]:
    about = [prose(record.get(key)) for key in ("categories", "city")]
    return name(record["business_id"]), prose(record.get("name")), "; ".join(filter(None, about))
