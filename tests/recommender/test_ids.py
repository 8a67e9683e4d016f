"""Original ids as JSON and back."""

import json
import uuid
from datetime import date, datetime, timezone
from enum import Enum

import numpy as np
import pandas as pd
import pytest

from irllrec_pyg.recommender import ids_from_json, ids_to_json

IDS = [
    "u1",
    7,
    True,
    1.5,
    float("inf"),
    uuid.UUID(int=5),
    b"\x00key",
    date(2024, 5, 1),
    datetime(2024, 5, 1, 12, 30, tzinfo=timezone.utc),
    pd.Timestamp("2024-05-01 00:00:00.123456789"),
    np.int64(4),
    np.datetime64("2024-05-01"),
]


@pytest.mark.parametrize("value", IDS, ids=lambda value: type(value).__name__)
def test_round_trip(value):
    (restored,) = ids_from_json(json.loads(json.dumps(ids_to_json([value]))))
    assert restored == value and hash(restored) == hash(value)


class Color(str, Enum):
    RED = "red"


@pytest.mark.parametrize("value", [float("nan"), (1, 2), None, [1], object(), Color.RED])
def test_other_types_are_refused(value):
    with pytest.raises(TypeError, match="id 1 is .* cannot be kept exactly"):
        ids_to_json(["fine", value])


def test_an_unknown_kind_is_named():
    with pytest.raises(ValueError, match="there is no kind of id 'color'"):
        ids_from_json([{"color": "red"}])
