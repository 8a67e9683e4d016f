"""Times of all ages, and what is none."""

import math

import pandas as pd
import pytest

from irllrec_pyg.corpus.times import to_seconds


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("0001-01-01", -62135596800.0),
        ("9999-12-31", 253402214400.0),
        ("2020-01-01T00:00:00.5", 1577836800.5),
        ("2020-01-01T01:00:00+01:00", 1577836800.0),
        (86400, 86400.0),
        ("1e3", 1000.0),
    ],
)
def test_times(given, seconds):
    assert to_seconds(pd.Series([given, "soon"], dtype=object)).iloc[0] == seconds


@pytest.mark.parametrize("given", ["soon", "", "inf", "-inf", "1e999", "nan", None, float("inf"), "2020-13-45"])
def test_what_is_no_time_is_nan(given):
    assert math.isnan(to_seconds(pd.Series([given, "2020-01-01"], dtype=object)).iloc[0])


def test_columns_of_dates():
    dates = pd.Series(pd.to_datetime(["2020-01-01", None]))
    assert to_seconds(dates).iloc[0] == 1577836800.0 and math.isnan(to_seconds(dates).iloc[1])
    old = pd.Series(pd.to_datetime(["0001-01-01"], errors="coerce").astype("datetime64[us]"))
    assert to_seconds(old).iloc[0] == -62135596800.0
