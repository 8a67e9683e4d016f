"""A corpus from raw files that are larger than the memory."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from .._io import file_digest
from .._locks import folder_lock
from ..data import digest
from .folder import check_new, finish_folder, source
from .formats import raw_rows
from .lines import DEFAULT_LIMITS, Limits
from .parquet_rows import write_rows
from .records import Skipped
from .review_corpus import ReviewCorpus, load_corpus
from .review_database import ReviewDatabase, open_database
from .split_database import write_splits

UNFINISHED = "unfinished"  # folder of what a run needs until it ends


def large_corpus(
    format: str,
    reviews: str | Path | Sequence[str | Path],
    items: str | Path | None,
    folder: str | Path,
    min_rating: float = 3.0,
    k: int = 5,
    ratio: Sequence[float] = (8, 1, 1),
    seed: int = 0,
    split_by: str = "random",
    columns: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    memory_limit: str = "1GB",
    progress: bool = True,
) -> ReviewCorpus:
    """Builds the corpus that a reader and :func:`~irllrec_pyg.corpus.build_corpus` build, from files that are larger
    than the memory.

    Choose it for more than some million reviews. The files are read a line at a time, with the same rules for damaged
    lines, and filtered by `DuckDB <https://duckdb.org>`_ on the disk. The same reviews give the same files. It needs
    the extra ``large``, and free disk space of about three times the unpacked files.

    A run that was stopped while it filtered does not read the raw files again: what it read is in the folder
    ``unfinished``, which the last step removes.

    Args:
        format: ``"amazon-2023"``, ``"amazon-2014"``, ``"yelp"`` or ``"csv"``.
        reviews: File of reviews, or several, which are read one after the other.
        items: File of items; :obj:`None` for a ``"csv"`` whose items are called by their ids.
        folder: Folder of the corpus; created if it is missing.
        min_rating: Lowest rating that counts as an interaction. (default: ``3``)
        k: Number of interactions that every user and item has at least. (default: ``5``)
        ratio: Sizes of training, validation and test split. (default: ``(8, 1, 1)``)
        seed: Seed of the random split. (default: ``0``)
        split_by: ``"random"``, ``"last"`` or ``"time"``. (default: ``"random"``)
        columns: Names of the columns of a ``"csv"``, ours to theirs. (default: the same)
        limits: How much of the files is read. (default: enough for the published files)
        memory_limit: How much memory the database takes; the process takes about as much again, and some 80 bytes per
            interaction. (default: ``"1GB"``)
        progress: Whether to show progress bars, if there is a terminal. (default: ``True``)

    Returns:
        The corpus without its reviews, as :func:`~irllrec_pyg.corpus.load_corpus` opens it, with the lines that were
        skipped.

    Raises:
        FileExistsError: The folder holds a corpus already.
        FileNotFoundError: A raw file is missing.
        ImportError: The package duckdb is missing.
        MemoryError: ``memory_limit`` is too low.
        OSError: A file cannot be written, such as on a full disk. The same call builds the corpus once it can.
        RuntimeError: Another process writes to the folder.
        ValueError: As the readers and :func:`~irllrec_pyg.corpus.build_corpus`, or ``memory_limit`` is no size.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.datasets import write_reviews
        >>> raw, folder = Path(tempfile.mkdtemp()), tempfile.mkdtemp()
        >>> write_reviews(raw, num_users=20)
        >>> large_corpus("amazon-2023", raw / "reviews.jsonl", raw / "meta.jsonl", folder, k=2).data["user"].num_nodes
        20
    """
    files = [Path(reviews)] if isinstance(reviews, str | Path) else [Path(file) for file in reviews]
    rows = raw_rows(format, files, items, columns, limits)
    folder = Path(folder)
    with folder_lock(folder):
        check_new(folder)
        hashes = [file_digest(file) for file in rows.skipped]
        key = digest(format, dict(columns or {}), asdict(limits), hashes)
        skipped = write_rows(folder / UNFINISHED, rows, key, progress)
        return corpus_from_rows(
            folder / UNFINISHED, folder, min_rating, k, ratio, seed, split_by, memory_limit, skipped, progress
        )


def corpus_from_rows(
    rows: str | Path,
    folder: str | Path,
    min_rating: float = 3.0,
    k: int = 5,
    ratio: Sequence[float] = (8, 1, 1),
    seed: int = 0,
    split_by: str = "random",
    memory_limit: str = "1GB",
    skipped: Mapping[str, Skipped] | None = None,
    progress: bool = True,
) -> ReviewCorpus:
    """Builds a corpus from Parquet files, as :func:`large_corpus` does after it has read the raw files. Choose it where
    many machines read and clean the raw files.

    Args:
        rows: Folder with ``reviews*.parquet`` and, unless items are called by their ids, ``items*.parquet``; see
            :func:`~irllrec_pyg.corpus.parquet_rows.write_parquet`.
        folder: Folder of the corpus; created if it is missing.
        min_rating: Lowest rating that counts as an interaction. (default: ``3``)
        k: Number of interactions that every user and item has at least. (default: ``5``)
        ratio: Sizes of training, validation and test split. (default: ``(8, 1, 1)``)
        seed: Seed of the random split. (default: ``0``)
        split_by: ``"random"``, ``"last"`` or ``"time"``. (default: ``"random"``)
        memory_limit: How much memory the database takes. (default: ``"1GB"``)
        skipped: Lines that could not be read, by raw file, for the manifest. (default: none)
        progress: Whether to show progress bars, if there is a terminal. (default: ``True``)

    Returns:
        The corpus without its reviews.

    Raises:
        FileNotFoundError: There are no rows of reviews.
        Exception: As :func:`large_corpus`.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.corpus.parquet_rows import REVIEW_SCHEMA, write_parquet
        >>> rows, folder = Path(tempfile.mkdtemp()), tempfile.mkdtemp()
        >>> reviews = ((f"user {n % 9}", f"item {n % 8}", 5.0, "", "Good.", 0) for n in range(72))
        >>> write_parquet(rows / "reviews.parquet", reviews, REVIEW_SCHEMA, progress=False)
        >>> corpus_from_rows(rows, folder, ratio=(2, 1, 1)).data["item"].num_nodes
        8
    """
    rows, folder = Path(rows), Path(folder)
    if not [*rows.glob("reviews*.parquet")]:
        raise FileNotFoundError(f"there is no file 'reviews*.parquet' in '{rows}'; write the reviews first")
    if k < 1:
        raise ValueError(f"'k' must be at least 1 (got {k}); 5 and 10 are usual")
    settings = {"min_rating": min_rating, "k": k, "ratio": list(ratio), "seed": seed, "split_by": split_by}
    with folder_lock(folder):
        check_new(folder)
        work = folder / UNFINISHED
        work.mkdir(exist_ok=True)
        with open_database(rows, work / "reviews.duckdb", memory_limit) as database:
            sources = {Path(name).name: source(name, about) for name, about in (skipped or {}).items()}
            description = _write(database, folder, {"sources": sources, "settings": settings}, progress)
        shutil.rmtree(work)  # before the manifest: a folder that is finished holds nothing else
        finish_folder(folder, description)
        corpus = load_corpus(folder, with_reviews=False)
    corpus.skipped.update(skipped or {})
    return corpus


def _write(database: ReviewDatabase, folder: Path, description: dict[str, Any], progress: bool) -> dict[str, Any]:
    """Filters the reviews, writes the files of the corpus, and returns what the manifest says."""
    min_rating, k = description["settings"]["min_rating"], description["settings"]["k"]
    read, rated, latest = database.make_pairs(min_rating)
    if not rated:
        raise ValueError(f"none of {read} reviews has a rating of {min_rating} or more; lower 'min_rating'")
    with tqdm(database.keep_core(k), desc=f"{k}-core", unit="round", disable=None if progress else True) as rounds:
        for left_out in rounds:
            rounds.set_postfix(left_out=left_out)
    left = database.count_left()
    if not left:
        raise ValueError(f"no {k}-core: of {latest} interactions none is left; lower 'k'")
    counts = {
        "reviews read": read,
        "rated high enough": rated,
        "latest of their pair": latest,
        f"in the {k}-core": left,
    }
    return write_splits(database, folder, {**description, "counts": counts}, progress)
