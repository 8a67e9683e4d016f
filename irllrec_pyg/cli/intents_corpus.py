"""The corpus that the command ``irllrec-intents`` works on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from .._io import write_json
from ..corpus import RawReviews, ReviewCorpus, build_corpus, large_corpus, load_corpus
from ..corpus.formats import raw_rows

#: Settings of the corpus.
SOURCE = ("format", "reviews", "items", "columns", "min_rating", "k", "ratio", "seed", "split_by")


def corpus_of(folder: Path, settings: dict[str, Any], saved: dict[str, Any], given: list[str]) -> ReviewCorpus:
    """The corpus of the folder, built if it is missing.

    Args:
        folder: The folder.
        settings: Settings of the corpus.
        saved: Settings of the earlier run.
        given: Names of the settings of the corpus that were given now.
    """
    if (folder / "manifest.json").is_file():
        other = [f"{name} {saved.get(name, 'not set')!r}" for name in given if saved.get(name) != settings[name]]
        if other and saved:
            raise ValueError(f"'{folder}' was built with {', '.join(other)}; choose another folder for other reviews")
        if other:
            options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
            raise ValueError(f"'{folder}' holds a corpus, but not the settings of it; leave out {options}")
        return load_corpus(folder)
    absent = [f"--{name}" for name in ("format", "reviews") if name not in settings]
    if absent:
        raise ValueError(f"there is no corpus in '{folder}' yet, and {' and '.join(absent)} is missing")
    reviews, items, columns = settings["reviews"], _items(settings), _columns(settings)
    filters = {name: settings[name] for name in ("min_rating", "k", "ratio", "seed", "split_by")}
    if "memory_limit" in settings:
        write_json(folder / "settings.json", settings)  # before the corpus, which is never without them
        own = {**filters, "columns": columns, "memory_limit": settings["memory_limit"]}
        _print_skipped(large_corpus(settings["format"], reviews, items, folder, **own))
        return load_corpus(folder)
    raw = raw_rows(settings["format"], [reviews], items, columns).in_memory()
    _print_skipped(raw)
    write_json(folder / "settings.json", settings)
    return build_corpus(raw, folder, **filters)


def _print_skipped(raw: RawReviews) -> None:
    for file, skipped in raw.skipped.items():
        print(f"'{file}': {skipped}", file=sys.stderr)


def _items(settings: dict[str, Any]) -> str | None:
    if settings["format"] != "csv" and "items" not in settings:
        raise ValueError(f"--items is missing: the file of items that belongs to '{settings['reviews']}'")
    return settings.get("items")


def _columns(settings: dict[str, Any]) -> dict[str, str] | None:
    if "columns" not in settings:
        return None
    pairs = [text.partition("=") for text in settings["columns"]]
    wrong = [ours for ours, _, theirs in pairs if not theirs]
    if wrong or settings["format"] != "csv":
        raise ValueError(f"--columns takes OURS=THEIRS, for csv files only (got {settings['columns']})")
    return {ours: theirs for ours, _, theirs in pairs}
