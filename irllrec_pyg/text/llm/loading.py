"""Loading a causal language model onto the devices of this process."""

from __future__ import annotations

from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from accelerate.utils import parse_flag_from_env
from transformers import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    AutoConfig,
    AutoModelForCausalLM,
    GenerationConfig,
    __version__,
)

from ..quiet import quiet_loading
from .shared_prefix import SHARED_PREFIX


def process_state() -> PartialState:
    """State of this process among those of ``accelerate launch``.

    A process that has finished its share waits for the others without a time limit.

    Examples:
        >>> process_state().process_index
        0
    """
    on_cpu = parse_flag_from_env("ACCELERATE_USE_CPU") or not torch.accelerator.is_available()
    return PartialState(cpu=on_cpu, timeout=timedelta(weeks=52))


def load_llm(path: Path, state: PartialState, dtype: str, load_in_4bit: bool) -> Any:
    """Loads a model in evaluation mode, without a progress bar and without its own settings of decoding. It is spread
    over all accelerators if there is a single process. Code that comes with the model is never run.

    Args:
        path: Folder of the model.
        state: State of this process.
        dtype: Type of the weights.
        load_in_4bit: Whether weights are quantised by ``bitsandbytes``.

    Raises:
        ImportError: ``bitsandbytes`` is needed and not installed.
        ValueError: The installed transformers has no causal language model of this kind.
    """
    config = AutoConfig.from_pretrained(path, trust_remote_code=False, local_files_only=True)
    if type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING:
        kind = f"{config.model_type!r} is no causal language model of transformers {__version__}"
        raise ValueError(f"'{path}' cannot answer questions: {kind}")
    arguments: dict[str, Any] = {"dtype": dtype}
    if load_in_4bit:
        arguments["quantization_config"] = _four_bits()
    if state.device.type != "cpu":
        arguments["device_map"] = "auto" if state.num_processes == 1 else {"": state.device}
    with quiet_loading():
        loaded = AutoModelForCausalLM.from_pretrained(path, trust_remote_code=False, local_files_only=True, **arguments)
    model = loaded.eval()
    # Of the settings that came with the model, only the tokens that end an answer are kept. Its beams, penalties or
    # forced tokens would change the answers, and a cache of another kind would not work.
    own = model.generation_config
    model.generation_config = GenerationConfig(eos_token_id=own.eos_token_id, pad_token_id=own.pad_token_id)
    if model.config._attn_implementation == "sdpa" and getattr(model, "_supports_attention_backend", False):
        model.set_attn_implementation(SHARED_PREFIX)
    return model


def _four_bits() -> Any:
    from transformers import BitsAndBytesConfig

    if find_spec("bitsandbytes") is None:
        raise ImportError("'load_in_4bit' needs the package bitsandbytes: pip install bitsandbytes, or set it to False")
    return BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16)
