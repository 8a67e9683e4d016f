"""Reviews made ready: filtered, split, numbered, and kept on disk beside the data object made from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch_geometric.data import HeteroData

from .._locks import folder_lock
from ..data import INTERACTS, SEEN
from .clean import shown
from .folder import (
    DATA,
    ITEMS,
    REVIEWS,
    SEEN_PAIRS,
    check_new,
    checked_file,
    finish_folder,
    load_interactions,
    read_folder,
    source,
    write_folder,
)
from .frame import SPLITS, from_dataframe
from .k_core import k_core
from .parts import part_of_each
from .records import ITEM_COLUMNS, REVIEW_COLUMNS, RawReviews, parsed_lines
from .rows import known_pairs

_KINDS: dict[str, Any] = {"rating": int | float, "time": int}  # of columns that hold no texts


@dataclass
class ReviewCorpus(RawReviews):
    """Reviews that are filtered and split, and their data object.

    Args:
        reviews: Table as in :class:`RawReviews`, with the column ``split``: ``"train"``, ``"val"`` or ``"test"``.
        items: Table as in :class:`RawReviews`, of the items that have reviews.
        skipped: Lines that could not be read, by file; empty for a corpus that was loaded. (default: none)
        data: The data object; its ``original_id`` are the ids of both tables.
        manifest: Sources, settings, counts after each filter, and hashes of the files.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import tiny_corpus
        >>> sorted(tiny_corpus(tempfile.mkdtemp()).reviews["split"].unique())
        ['test', 'train', 'val']
    """

    data: HeteroData = field(default_factory=HeteroData)
    manifest: dict[str, Any] = field(default_factory=dict)


def build_corpus(
    raw: RawReviews,
    folder: str | Path,
    min_rating: float = 3.0,
    k: int = 5,
    ratio: Sequence[float] = (8, 1, 1),
    seed: int = 0,
    split_by: str = "random",
) -> ReviewCorpus:
    """Filters, splits and numbers raw reviews, as in Section 4.1 of `IRLLRec <https://arxiv.org/abs/2502.03307>`_, and
    writes ``reviews.jsonl.gz``, ``items.jsonl.gz``, ``seen.jsonl.gz``, ``data.safetensors`` and ``manifest.json``.

    The filters are, in this order: ratings below ``min_rating``; all but the latest review of an item by a user;
    users and items outside the k-core. Then each user's interactions are split at random, or by time. Prompts hold
    training reviews only, so that with a split by time no text in them is newer than a held-out interaction of the
    user (``"last"``), or than any (``"time"``).

    Args:
        raw: Reviews from a reader.
        folder: Folder of the corpus; created if it is missing.
        min_rating: Lowest rating that counts as an interaction; 2 for books, 3 for movies and Yelp.
            (default: ``3``)
        k: Number of interactions that every user and item has at least, see :func:`k_core`. (default: ``5``)
        ratio: Sizes of training, validation and test split; 8:1:1 for movies, 3:1:1 for books and Yelp. (default:
            ``(8, 1, 1)``)
        seed: Seed of the random split. (default: ``0``)
        split_by: ``"random"``, ``"last"`` or ``"time"``, see :func:`~irllrec_pyg.corpus.from_dataframe`. With
            ``"time"``, held-out reviews of users or items without a training review are left out. (default:
            ``"random"``)

    Raises:
        FileExistsError: The folder holds a corpus already.
        OSError: A file cannot be written, such as on a full disk. The same call builds the corpus once it can.
        RuntimeError: Another process writes to the folder.
        ValueError: No review is left, a review has no time by which it could be split, or as :func:`k_core` and
            :func:`~irllrec_pyg.corpus.from_dataframe`.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.corpus import read_amazon_2023
        >>> from irllrec_pyg.datasets import write_reviews
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_reviews(folder / "raw", num_users=20)
        >>> raw = read_amazon_2023(folder / "raw" / "reviews.jsonl", folder / "raw" / "meta.jsonl")
        >>> build_corpus(raw, folder, k=2).data["user"].num_nodes
        20
    """
    folder = Path(folder)
    with folder_lock(folder):
        check_new(folder)
        return _build(raw, folder, min_rating, k, ratio, seed, split_by)


def _build(
    raw: RawReviews, folder: Path, min_rating: float, k: int, ratio: Sequence[float], seed: int, split_by: str
) -> ReviewCorpus:
    rated = raw.reviews[raw.reviews["rating"] >= min_rating]
    if rated.empty:
        raise ValueError(f"none of {len(raw.reviews)} reviews has a rating of {min_rating} or more; lower 'min_rating'")
    latest = rated.sort_values("time", kind="stable").drop_duplicates(["user", "item"], keep="last")
    kept = k_core(latest, k).sort_values(["user", "time", "item"], kind="stable").reset_index(drop=True)
    reviews = _split(kept, split_by, ratio, seed)
    items = raw.items.drop_duplicates("item")
    items = items[items["item"].isin(set(reviews["item"]))].sort_values("item").reset_index(drop=True)
    data = from_dataframe(reviews, split="split")
    seen = _seen(raw.reviews, reviews)
    _set_seen(data, seen)

    tables = {SEEN_PAIRS: seen, REVIEWS: reviews, ITEMS: items}
    description = {
        "sources": {Path(name).name: source(name, skipped) for name, skipped in raw.skipped.items()},
        "settings": {"min_rating": min_rating, "k": k, "ratio": list(ratio), "seed": seed, "split_by": split_by},
        "counts": {
            "reviews read": len(raw.reviews),
            "rated high enough": len(rated),
            "latest of their pair": len(latest),
            f"in the {k}-core": len(kept),
            "users": data["user"].num_nodes,
            "items": data["item"].num_nodes,
            "items described": len(items),
            **{name: int((reviews["split"] == name).sum()) for name in SPLITS},
            "with a text": num_texts(reviews),
            "seen, but no interaction": len(seen),
        },
    }
    written = write_folder(folder, {name: _records(table) for name, table in tables.items()}, data)
    manifest = finish_folder(folder, {**description, **written})
    return ReviewCorpus(reviews, items, raw.skipped, data, manifest)


def _split(kept: pd.DataFrame, split_by: str, ratio: Sequence[float], seed: int) -> pd.DataFrame:
    """The reviews with a column ``split``."""
    pairs = torch.stack([torch.from_numpy(pd.factorize(kept[side])[0].astype("int64")) for side in ("user", "item")])
    part = part_of_each(pairs, torch.from_numpy(kept["time"].to_numpy(copy=True)), split_by, ratio, seed).numpy()
    known = part >= 0
    return kept[known].assign(split=pd.Series(SPLITS)[part[known]].to_numpy()).reset_index(drop=True)


def _records(table: pd.DataFrame) -> Iterator[dict[Any, Any]]:
    yield from table.to_dict("records")  # of one table at a time


def load_corpus(folder: str | Path, with_reviews: bool = True) -> ReviewCorpus:
    """Reads what :func:`build_corpus` wrote.

    Args:
        folder: Folder of the corpus.
        with_reviews: Whether to read the reviews. Without them, their table is empty, and the interactions stay in
            their file until they are needed: choose it where the texts are larger than the memory. (default: ``True``)

    Raises:
        FileNotFoundError: There is no finished corpus in the folder.
        ValueError: A file is damaged or not the one that the manifest names, or the folder has another format.

    Examples:
        >>> load_corpus("no/such/folder")
        Traceback (most recent call last):
        FileNotFoundError: there is no finished corpus in 'no/such/folder': 'manifest.json' is missing; build it first
    """
    folder = Path(folder)
    manifest = read_folder(folder)
    columns = (*REVIEW_COLUMNS, "split")
    if not with_reviews and DATA in manifest["files"]:  # folders of earlier versions have none
        items = _read(checked_file(folder, manifest, ITEMS), ITEM_COLUMNS)
        return ReviewCorpus(pd.DataFrame(columns=[*columns]), items, {}, load_interactions(folder, manifest), manifest)
    for name in manifest["files"]:
        checked_file(folder, manifest, name)
    reviews = _read(folder / REVIEWS, columns)
    items = _read(folder / ITEMS, ITEM_COLUMNS)
    data = _data_of(reviews, folder / REVIEWS)
    if SEEN_PAIRS in manifest["files"]:  # folders of earlier versions have none
        _set_seen(data, _read(folder / SEEN_PAIRS, ("user", "item")))
    return ReviewCorpus(reviews, items, {}, data, manifest)


def num_texts(reviews: pd.DataFrame) -> int:
    """Number of reviews with a text or a title of their own.

    Args:
        reviews: Table as in :class:`RawReviews`.

    Examples:
        >>> num_texts(pd.DataFrame({"title": ["", "", "Good"], "text": ["", " ", "I liked it."]}))
        1
    """
    return int((reviews["title"] + reviews["text"]).str.strip().ne("").sum())


def _seen(everything: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    """Users and items of the reviews that are no interactions, because of a low rating or a split by time."""
    pairs = everything[["user", "item"]].drop_duplicates()
    known = pairs["user"].isin(set(kept["user"])) & pairs["item"].isin(set(kept["item"]))
    counted = pd.MultiIndex.from_frame(pairs).isin(pd.MultiIndex.from_frame(kept[["user", "item"]]))
    return pairs[known & ~counted].sort_values(["user", "item"]).reset_index(drop=True)


def _set_seen(data: HeteroData, seen: pd.DataFrame) -> None:
    """Sets what users know, so that it is not recommended to them."""
    if len(seen):
        data[INTERACTS][SEEN] = known_pairs(seen, data["user"].original_id, data["item"].original_id)


def _data_of(reviews: pd.DataFrame, file: Path) -> HeteroData:
    try:
        return from_dataframe(reviews, split="split")
    except ValueError as error:
        raise ValueError(f"'{file}' is damaged: {error}; delete the folder and build it again") from error


def _read(file: Path, columns: Sequence[str]) -> pd.DataFrame:
    """A table of the corpus, whose values are as :func:`build_corpus` wrote them."""

    def parse(record: dict[str, Any]) -> list[Any]:
        values = [record[name] for name in columns]
        for name, value in zip(columns, values, strict=True):
            if not isinstance(value, _KINDS.get(name, str)) or isinstance(value, bool):
                raise ValueError(f"{name!r} is {shown(value)}")
        return values

    rows, skipped = parsed_lines(file, parse, errors="strict")
    if skipped.bad:
        raise ValueError(f"'{file}' is damaged: {skipped}; delete the folder and build it again")
    return pd.DataFrame(rows, columns=list(columns))
