"""Encoders as sentence-transformers saves them: which modules follow the hidden states, and with which settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from torch import Tensor, nn

from ...corpus.clean import on_one_line, shown
from ..local_model import saved_modules
from .dense import read_dense

#: Names of a pooling: that of a file in the new form, that of a file in the old form, and that of this package.
_POOLINGS = (
    ("cls", "pooling_mode_cls_token", "cls"),
    ("max", "pooling_mode_max_tokens", None),
    ("mean", "pooling_mode_mean_tokens", "mean"),
    ("mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens", None),
    ("weightedmean", "pooling_mode_weightedmean_tokens", None),
    ("lasttoken", "pooling_mode_lasttoken", "last"),
)
#: Loading options that change no feature, or that the encoder sets itself.
_HARMLESS = {
    "add_pooling_layer",
    "attn_implementation",
    "dtype",
    "model_max_length",
    "padding_side",
    "torch_dtype",
    "trust_remote_code",
    "use_fast",
    "use_memory_efficient_attention",
}
_OPTIONS = ("model_args", "config_args", "tokenizer_args", "model_kwargs", "config_kwargs", "processor_kwargs")
_EXPECTED = {  # settings of a transformer that may be absent
    "transformer_task": "feature-extraction",
    "module_output_name": "token_embeddings",
}

_MAX_WHAT = 300


@dataclass(frozen=True)
class SentenceModules:
    """How the features of an encoder follow from the hidden states of its model.

    Args:
        transformer: Folder of the model.
        pooling: ``"mean"``, ``"last"`` or ``"cls"``.
        instruction: Characters before each text, such as ``"query: "``.
        max_length: Maximum number of tokens of a text; :obj:`None` if the files name none.
        lower_case: Whether texts are converted to lower case.
        head: Modules after the pooling, ``[n, d] -> [n, d_t]``. The last one scales rows to unit length.
    """

    transformer: Path
    pooling: str
    instruction: str
    max_length: int | None
    lower_case: bool
    head: nn.Sequential


class UnitLength(nn.Module):
    """Scales each row to unit length.

    Shapes:
        - **input:** vectors, ``[n, d]``
        - **output:** vectors of unit length, ``[n, d]``

    Examples:
        >>> UnitLength()(torch.tensor([[3.0, 4.0]]))
        tensor([[0.6000, 0.8000]])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Returns the scaled rows."""
        return nn.functional.normalize(x, dim=-1)


def read_sentence_modules(folder: Path, pooling: str | None = None, instruction: str | None = None) -> SentenceModules:
    """Reads the files that sentence-transformers saves beside a model, in the old form and in the new one.

    It reads ``modules.json``, and without it ``1_Pooling/config.json``. A folder without either is a plain model, whose
    features are the mean of its hidden states.

    Args:
        folder: Folder of the encoder, see :func:`~irllrec_pyg.text.find_model`.
        pooling: Pooling instead of the one in the files. (default: that of the files)
        instruction: Characters before each text instead of those in the files. (default: the default prompt of the
            files, or nothing)

    Returns:
        The settings. Weights of dense layers are loaded, those of the model are not.

    Raises:
        ValueError: The files are damaged, or ask for something that is not supported. The message names the file.
        FileNotFoundError: The weights of a dense layer are missing.

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "1_Pooling").mkdir()
        >>> _ = (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode": "lasttoken"}')
        >>> read_sentence_modules(folder).pooling
        'last'
    """
    modules = saved_modules(folder)
    file = folder / "modules.json"
    if not modules:
        modules = [("Transformer", folder), ("Pooling", folder / "1_Pooling")]
    for kind, _ in modules:
        if kind not in ("Transformer", "Pooling", "Dense", "Normalize"):
            _refuse(file, f"the module {kind}")
    kinds = [kind for kind, _ in modules]
    if kinds[:2] != ["Transformer", "Pooling"] or {"Transformer", "Pooling"} & set(kinds[2:]):
        _refuse(file, f"the modules {', '.join(kinds)} in this order")
    pooling_file = modules[1][1] / "config.json"
    if file.is_file() and not pooling_file.is_file():
        raise ValueError(
            f"'{file}' names the module '{pooling_file.parent.name}', but there is no '{pooling_file}'; get the model "
            "again"
        )
    pooled = _read(pooling_file)
    if instruction is None:
        instruction = _default_prompt(folder / "config_sentence_transformers.json")
    if instruction and pooled.get("include_prompt") is False:
        _refuse(pooling_file, "pooling without the instruction (include_prompt)", "Or give the instruction ''.")
    width = pooled.get("embedding_dimension") or pooled.get("word_embedding_dimension")
    return SentenceModules(
        modules[0][1],
        pooling or _pooling(pooling_file, pooled),
        instruction,
        *_transformer_settings(modules[0][1]),
        _head(modules[2:], width),
    )


def _refuse(file: Path, what: str, remedy: str = "") -> NoReturn:
    """Raises the error for what a file asks for and is not supported."""
    raise ValueError(
        f"'{file}' asks for {on_one_line(what[:_MAX_WHAT])}, which is not supported. Choose an encoder of Transformer, "
        "Pooling (cls, mean or lasttoken), Dense and Normalize, or register a function that calls the package "
        f"sentence-transformers as an encoder (see CONTRIBUTING.md). {remedy}".rstrip()
    )


def _read(file: Path) -> dict[str, Any]:
    """A settings file; empty if there is none."""
    if not file.is_file():
        return {}
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"'{file}' is damaged ({error}); get the model again") from error
    if not isinstance(settings, dict):
        raise ValueError(f"'{file}' is damaged (it holds no settings); get the model again")
    return settings


def _table(file: Path, settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A table of settings; empty if there is none."""
    table = settings.get(name) or {}
    if not isinstance(table, dict):
        raise ValueError(f"'{file}' is damaged ({name!r} is {shown(table)}); get the model again")
    return table


def _pooling(file: Path, settings: Mapping[str, Any]) -> str:
    """This package's name of a saved pooling."""
    modes = settings.get("pooling_mode") or [new for new, old, _ in _POOLINGS if settings.get(old)] or ["mean"]
    modes = [modes] if isinstance(modes, str) else modes
    if not isinstance(modes, list) or not all(isinstance(mode, str) for mode in modes):
        raise ValueError(f"'{file}' names the pooling {shown(modes)}, which is no name; get the model again")
    name = {new: own for new, _, own in _POOLINGS}.get(modes[0]) if len(modes) == 1 else None
    if name is None:
        what = f"the pooling {modes[0]}" if len(modes) == 1 else f"several poolings side by side ({', '.join(modes)})"
        _refuse(file, what, "Or give 'pooling', if you want another one than the encoder was trained with.")
    return name


def _transformer_settings(folder: Path) -> tuple[int | None, bool]:
    """Maximum length of a text, and whether it is converted to lower case."""
    files = sorted(folder.glob("sentence_*_config.json"))  # named by the kind of model in early versions
    file = next((file for file in files if file.name == "sentence_bert_config.json"), files[0] if files else None)
    if file is None:
        return None, False
    settings = _read(file)
    for name, value in _EXPECTED.items():
        if settings.get(name, value) != value:
            _refuse(file, f"the {name} {shown(settings[name])}")
    text = _table(file, settings, "modality_config").get("text") or {}
    way = (text.get("method"), text.get("method_output_name")) if isinstance(text, dict) else ()
    if text and way != ("forward", "last_hidden_state"):
        _refuse(file, f"the method {shown(text)}")
    for options in _OPTIONS:
        unknown = sorted(set(_table(file, settings, options)) - _HARMLESS)
        if unknown:
            _refuse(file, f"the option {unknown[0]} in {options}")
    length = settings.get("max_seq_length")
    if length is not None and (type(length) is not int or length < 1):
        raise ValueError(f"'{file}' has the 'max_seq_length' {shown(length)}; write a whole number of at least 1")
    return length, bool(settings.get("do_lower_case"))


def _default_prompt(file: Path) -> str:
    """Characters that the files put before each text."""
    settings = _read(file)
    name, prompts = settings.get("default_prompt_name"), settings.get("prompts") or {}
    if name is None:
        return ""
    if not isinstance(prompts, dict) or not isinstance(name, str) or name not in prompts:
        raise ValueError(f"'{file}' has no prompt {shown(name)}, which it names as the default; give 'instruction'")
    return str(prompts[name])


def _head(modules: list[tuple[str, Path]], width: int | None) -> nn.Sequential:
    """The modules after the pooling."""
    head: list[nn.Module] = []
    for kind, folder in modules:
        if kind == "Normalize":
            head.append(UnitLength())
            continue
        settings = _read(folder / "config.json")
        layer, width = read_dense(folder, settings, width), settings["out_features"]
        head.append(layer)
    if not head or not isinstance(head[-1], UnitLength):
        head.append(UnitLength())
    return nn.Sequential(*head)
