"""Data for a search."""

import pandas as pd
import pytest

from irllrec_pyg.search import load_data
from irllrec_pyg.testing import tiny_data


@pytest.fixture
def frame():
    pairs = [(user, (7 * user + item) % 30) for user in range(20) for item in range(10)]
    return pd.DataFrame([(f"u{user}", f"i{item}", f"{1990 + item % 3}") for user, item in pairs]).set_axis(
        ["user", "item", "year"], axis=1
    )


@pytest.mark.parametrize("suffix", [None, ".csv", ".jsonl", ".parquet"])
def test_columns_of_items_are_kept_from_every_kind_of_table(frame, tmp_path, suffix):
    table, write = frame, {".csv": frame.to_csv, ".jsonl": frame.to_json, ".parquet": frame.to_parquet}
    if suffix is not None:
        table = tmp_path / f"mine{suffix}"
        options = {"orient": "records", "lines": True} if suffix == ".jsonl" else {"index": False}
        write[suffix](table, **options)
    data = load_data(table, item_columns=["year"])
    assert data["item"].year == [f"{1990 + int(item[1:]) % 3}" for item in data["item"].original_id]


def test_columns_of_items_need_a_table(tmp_path):
    for data in (tiny_data(), tmp_path):
        with pytest.raises(ValueError, match=r"'item_columns' names columns of a table, but there is none"):
            load_data(data, item_columns=["year"])
