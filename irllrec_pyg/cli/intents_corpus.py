"""The corpus that the command ``irllrec-intents`` works on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from .._io import write_json
from ..corpus import RawReviews, ReviewCorpus, build_corpus, large_corpus, load_corpus
from .intents_parser import READERS

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
    files, columns = _files(settings), _columns(settings)
    filters = {name: settings[name] for name in ("min_rating", "k", "ratio", "seed", "split_by")}
    if "memory_limit" in settings:
        write_json(folder / "settings.json", settings)  # before the corpus, which is never without them
        reviews, items = files[0], files[1] if len(files) > 1 else None
        own = {**filters, **columns, "memory_limit": settings["memory_limit"]}
        _print_skipped(large_corpus(settings["format"], reviews, items, folder, **own))
        return load_corpus(folder)
    raw = READERS[settings["format"]](*files, **columns)
    _print_skipped(raw)
    write_json(folder / "settings.json", settings)
    return build_corpus(raw, folder, **filters)


def _print_skipped(raw: RawReviews) -> None:
    for file, skipped in raw.skipped.items():
        print(f"'{file}': {skipped}", file=sys.stderr)


def _files(settings: dict[str, Any]) -> list[str]:
    if settings["format"] != "csv" and "items" not in settings:
        raise ValueError(f"--items is missing: the file of items that belongs to '{settings['reviews']}'")
    return [settings[name] for name in ("reviews", "items") if name in settings]


def _columns(settings: dict[str, Any]) -> dict[str, dict[str, str]]:
    if "columns" not in settings:
        return {}
    pairs = [text.partition("=") for text in settings["columns"]]
    wrong = [ours for ours, _, theirs in pairs if not theirs]
    if wrong or settings["format"] != "csv":
        raise ValueError(f"--columns takes OURS=THEIRS, for csv files only (got {settings['columns']})")
    return {"columns": {ours: theirs for ours, _, theirs in pairs}}
