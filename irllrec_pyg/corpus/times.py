"""Times as people write them."""

from __future__ import annotations

import pandas as pd


def to_seconds(values: pd.Series) -> pd.Series:
    """Seconds since 1970, UTC, of numbers and of dates; NaN where a value is neither.

    Numbers are kept as they are, also where they count milliseconds: their order is the same.

    Args:
        values: Numbers, dates, or texts that hold either.

    Examples:
        >>> to_seconds(pd.Series(["86400", "1970-01-03", "soon"])).tolist()
        [86400.0, 172800.0, nan]
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        dates = pd.to_datetime(values, utc=True)
        return (dates - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
    seconds = pd.to_numeric(values, errors="coerce").astype("float64")
    dates = pd.to_datetime(values.where(seconds.isna()), errors="coerce", utc=True, format="mixed")
    return seconds.fillna((dates - pd.Timestamp(0, tz="UTC")).dt.total_seconds())
