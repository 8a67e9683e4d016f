"""Results: CSV files in which newer rows replace older ones of the same key, and parts of pages.

Rows of trained models end with the ``identity`` of their run. Rows from before identities were recorded have none; they
are replaced when their run is repeated.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from filelock import FileLock

from irllrec_pyg._io import replacing, write_text
from irllrec_pyg.training import versions

AS_WRITTEN: dict[str, Any] = {"dtype": str, "keep_default_na": False}  # so that old rows keep their bytes


def read(file: Path, **options: Any) -> pd.DataFrame:
    """All rows; empty where there is no file."""
    return pd.read_csv(file, **options) if file.is_file() else pd.DataFrame()


def has(file: Path, values: Mapping[str, Any]) -> bool:
    """Whether a row has these values."""
    rows = read(file, **AS_WRITTEN).reindex(columns=[*values])
    return bool((rows == pd.Series(values).astype(str)).all(axis=1).any())


def replace(rows: Sequence[Mapping[str, Any]], file: Path, key: Sequence[str] = ()) -> pd.DataFrame:
    """Adds rows in place of older ones with the same values in ``key``, and returns the new rows. Several processes may
    write to one file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{file}.lock"):
        new, old = pd.DataFrame(rows), read(file, **AS_WRITTEN)
        if key and len(old):
            keys = new.reindex(columns=[*key]).astype(object).fillna("").astype(str)
            same = old.reindex(columns=[*key], fill_value="").apply(tuple, axis=1).isin(keys.apply(tuple, axis=1))
            old = old[~same]
        with replacing(file) as part:
            (pd.concat([old, new.astype(object)]) if len(old.columns) else new).to_csv(part, index=False)
    return new


def device_name(device: torch.device) -> str:
    """Name of the card where there is one, and the kind of the device otherwise."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def about() -> dict[str, str]:
    """Versions and device, for a row."""
    device = device_name(torch.accelerator.current_accelerator() or torch.device("cpu"))
    numbers = " ".join(f"{name}={number}" for name, number in versions().items())
    return {"versions": numbers, "device": f"{device} ({torch.get_num_threads()} threads)"}


def put(lines: Sequence[str], mark: str, file: Path) -> None:
    """Replaces what a page has between ``<!-- mark -->`` and ``<!-- /mark -->``."""
    start, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, found, rest = file.read_text(encoding="utf-8").partition(start)
    if not found or end not in rest:
        raise SystemExit(f"'{file}' has no '{start}' and '{end}' to write between; add them")
    write_text(file, "\n".join([f"{before}{start}", *lines, f"{end}{rest.partition(end)[2]}"]))
