"""Data frames with any values in any column."""

from __future__ import annotations

import datetime
import random
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from irllrec_pyg.corpus import from_dataframe, interactions_from_table
from irllrec_pyg.data import INTERACTS
from tests.hardening.damage import NOT_FINITE, ODD_NUMBERS, ODD_TEXTS, odd_value
from tests.hardening.part import PARTS, Case

# Without half characters, which pandas refuses in columns of texts.
_TEXTS = [text for text in ODD_TEXTS if text == text.encode("utf-8", "ignore").decode()]


@PARTS.register("frames")
class Frames:
    """Ids, times, ratings and texts of other types; missing, infinite and mixed values; few rows or none."""

    share = 25

    def __init__(self, folder: Path) -> None:
        pass

    def case(self, rng: random.Random, folder: Path) -> Case:
        rows = rng.choice([0, 1, 2, 30, 60, 60, 60])
        columns: dict[str, Any] = {
            "user": [f"u{n % 6}" for n in range(rows)],
            "item": [f"i{(n * 7) % 11}" for n in range(rows)],
            "rating": [4.0] * rows,
            "time": [float(n) for n in range(rows)],
            "title": [f"T{(n * 7) % 11}" for n in range(rows)],
            "text": ["fine"] * rows,
            "split": [("train", "val", "test")[n % 3] for n in range(rows)],
        }
        for _ in range(rng.randrange(3)):
            name = rng.choice([*columns])
            columns[name] = _odd_column(rng, columns[name])
        if rng.random() < 0.1:
            del columns[rng.choice([*columns])]
        if rng.random() < 0.5:
            columns.pop("split", None)
        frame = pd.DataFrame(columns)
        if rng.random() < 0.1:
            frame.columns = [rng.choice(["user", "item", "x", 7, name]) for name in frame.columns]
        if rng.random() < 0.1:
            frame.index = pd.Index([0] * len(frame))
        split_by = rng.choice(["random", "last", "time"] * 5 + ["never"])
        ratio = rng.choice([*[(8, 1, 1)] * 9, (1, 1, 1), (0, 1, 1), (1, 1), (-1, 1, 1), NOT_FINITE, ("a", "b", "c")])
        if rng.random() < 0.5:
            split = "split" if "split" in columns else None
            call = lambda: from_dataframe(frame, split=split, ratio=ratio, seed=1, split_by=split_by, time="time")  # noqa: E731
        else:
            lowest = rng.choice([3.0, None, float("nan"), 10])
            call = lambda: interactions_from_table(frame, None, lowest, ratio, 1, (), split_by)  # noqa: E731

        def check(data: Any) -> None:
            for side in ("user", "item"):
                assert len(data[side].original_id) == data[side].num_nodes
            assert all(type(text) is str for text in data["item"].get("title", []))
            assert data[INTERACTS].edge_index.size(1) > 0

        return Case(
            call,
            ("column", "'ratio'", "split_by", "table", "row", "no user has", "users have", "'columns'", "min_rating"),
            check,
        )


def _odd_column(rng: random.Random, values: list[Any]) -> Any:
    kind = rng.randrange(9)
    if kind == 0:
        return [rng.choice([None, value]) for value in values]
    if kind == 1:
        return [rng.choice([*_TEXTS, value, value]) for value in values]
    if kind == 2:
        return [rng.choice([*ODD_NUMBERS, *NOT_FINITE]) for _ in values]
    if kind == 3:
        return pd.Series([rng.choice([value, odd_value(rng)]) for value in values], dtype=object)
    if kind == 4:
        return [datetime.datetime(rng.choice([1, 1970, 2024, 9999]), 1, 1) for _ in values]
    if kind == 5:
        return [uuid.UUID(int=number % 7) for number, _ in enumerate(values)]
    if kind == 6:
        return pd.Categorical([str(value) for value in values], categories=["zzz", *sorted({*map(str, values)})])
    if kind == 7:
        return pd.array([rng.choice([1, None]) for _ in values], dtype="Int64")
    return np.array([rng.random() for _ in values], dtype=rng.choice(["float16", "float32", "int8", "bool", "object"]))
