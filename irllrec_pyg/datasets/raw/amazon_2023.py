"""Amazon Reviews 2023."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

REVIEW_FIELDS = ("user_id", "parent_asin", "rating", "title", "text", "timestamp", "verified_purchase")
META_FIELDS = ("parent_asin", "title", "description", "categories")


def read_amazon_2023(reviews: str | Path, meta: str | Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reads reviews and product metadata in the layout of `Amazon Reviews 2023
    <https://amazon-reviews-2023.github.io>`_, JSON lines, gzipped or not.

    Args:
        reviews: File of reviews.
        meta: File of metadata.

    Returns:
        Reviews with ``user_id``, ``parent_asin``, ``rating``, ``title``, ``text``, ``timestamp`` and
        ``verified_purchase``, and metadata with ``parent_asin``, ``title``, ``description`` and ``categories``; other
        fields are dropped.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A file is not JSON lines, or lacks a field.
    """
    return _read(Path(reviews), REVIEW_FIELDS), _read(Path(meta), META_FIELDS)


def _read(path: Path, fields: tuple[str, ...]) -> pd.DataFrame:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file '{path}'")
    try:
        # Types stay as JSON has them: pandas would read an all-digit ASIN as a number, and a timestamp as a date.
        frame = pd.read_json(path, lines=True, dtype=False)
    except ValueError as error:
        raise ValueError(f"'{path}' is not in JSON lines: {error}") from error
    missing = [field for field in fields if field not in frame]
    if missing:
        raise ValueError(f"'{path}' lacks the fields {', '.join(missing)}; it has {', '.join(map(str, frame.columns))}")
    return frame[list(fields)]
