"""Times as people write them."""

from __future__ import annotations

import numpy as np
import pandas as pd

# In microseconds, which reach back to the year 1. Nanoseconds do not.
_EPOCH = pd.Timestamp(0, tz="UTC").as_unit("us")


def to_seconds(values: pd.Series) -> pd.Series:
    """Seconds since 1970, UTC, of numbers and of dates; NaN where a value is neither, or infinite.

    Numbers are kept as they are, also where they count milliseconds: their order is the same.

    Args:
        values: Numbers, dates, or texts that hold either.

    Examples:
        >>> to_seconds(pd.Series(["86400", "1970-01-03", "soon"])).tolist()
        [86400.0, 172800.0, nan]
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        dates = pd.to_datetime(values, utc=True)
        return (dates - _EPOCH).dt.total_seconds()
    seconds = pd.to_numeric(values, errors="coerce").astype("float64")
    seconds = seconds.where(np.isfinite(seconds))
    dates = pd.to_datetime(values.where(seconds.isna()), errors="coerce", utc=True, format="mixed")
    return seconds.fillna((dates - _EPOCH).dt.total_seconds())
