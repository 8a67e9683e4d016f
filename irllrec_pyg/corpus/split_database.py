"""Splits of reviews in a database, and the corpus folder that they become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from tqdm import tqdm

from ..data import INTERACTS, SEEN, SPLIT_NAMES, make_data
from .folder import ITEMS, REVIEWS, SEEN_PAIRS, write_folder
from .frame import SPLITS, check_splits
from .parts import part_of_each
from .records import ITEM_COLUMNS, REVIEW_COLUMNS
from .review_database import ReviewDatabase

Records = Iterator[dict[str, Any]]


def write_splits(
    database: ReviewDatabase, folder: Path, description: Mapping[str, Any], progress: bool
) -> dict[str, Any]:
    """Splits the reviews that the filters left, and writes the files of the corpus, but not its manifest. Texts go from
    the database to the file, some thousands at a time.

    Args:
        database: The reviews, after their filters.
        folder: Folder of the corpus.
        description: Sources, settings and counts so far.
        progress: Whether to show a progress bar, if there is a terminal.

    Returns:
        What the manifest says.

    Raises:
        OSError: A file cannot be written.
        ValueError: The reviews cannot be split.
    """
    data = _split(database, description["settings"])
    seen = data[INTERACTS][SEEN] if SEEN in data[INTERACTS] else torch.empty(2, 0, dtype=torch.long)
    counts = description["counts"] | {
        "users": data["user"].num_nodes,
        "items": data["item"].num_nodes,
        "items described": 0,
        **{name: data[INTERACTS][pairs].size(1) for name, pairs in SPLIT_NAMES.items()},
        "with a text": 0,
        "seen, but no interaction": seen.size(1),
    }
    total = sum(counts[name] for name in SPLITS)
    bar = tqdm(desc="writing reviews", total=total, unit="row", disable=None if progress else True)
    with bar:
        tables = {
            SEEN_PAIRS: _seen(data, seen),
            REVIEWS: _reviews(database, counts, bar),
            ITEMS: _items(database, counts),
        }
        return {**description, "counts": counts, **write_folder(folder, tables, data)}


def _split(database: ReviewDatabase, settings: Mapping[str, Any]) -> HeteroData:
    """The data object of the reviews."""
    core = database.core()
    pairs = torch.stack([_numbered(core[code])[1] for code in ("u", "i")])
    split = part_of_each(
        pairs, torch.from_numpy(core["time"]), settings["split_by"], settings["ratio"], settings["seed"]
    )
    database.set_splits(core, split.numpy().astype("int8"))
    kept = split >= 0  # users and items of the others may have no further review
    codes, numbers = zip(*(_numbered(core[code][kept.numpy()]) for code in ("u", "i")), strict=True)
    pairs, split = torch.stack(numbers), split[kept]
    parts = [(split == number).nonzero().flatten() for number in range(len(SPLITS))]
    check_splits(parts, pairs, settings["ratio"], None, settings["split_by"])
    train, val, test = (pairs[:, part] for part in parts)
    user, item = database.ids("user"), database.ids("item")
    data = make_data(train, val, test, len(user), len(item), user, item)
    seen = database.seen()
    if len(seen["u"]):
        nodes = [np.searchsorted(known, seen[code]) for known, code in zip(codes, ("u", "i"), strict=True)]
        data[INTERACTS][SEEN] = torch.from_numpy(np.stack(nodes))
    return data


def _numbered(codes: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], Tensor]:
    """The sorted codes, and the place of each among them."""
    known, number = np.unique(codes, return_inverse=True)
    return known, torch.from_numpy(number)


def _seen(data: HeteroData, pairs: Tensor) -> Records:
    user, item = data["user"].original_id, data["item"].original_id
    for part in pairs.t().split(1 << 14):
        yield from ({"user": user[u], "item": item[i]} for u, i in part.tolist())


def _reviews(database: ReviewDatabase, counts: dict[str, int], bar: Any) -> Records:
    columns = (*REVIEW_COLUMNS, "split")
    for *values, split in database.review_rows():
        row = dict(zip(columns, (*values, SPLITS[split]), strict=True))
        counts["with a text"] += bool((row["title"] + row["text"]).strip())
        bar.update()
        yield row


def _items(database: ReviewDatabase, counts: dict[str, int]) -> Records:
    for values in database.item_rows():
        counts["items described"] += 1
        yield dict(zip(ITEM_COLUMNS, values, strict=True))
