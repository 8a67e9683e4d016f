"""Loading the part of a model that yields hidden states."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModel, AutoModelForTextEncoding

from ..quiet import quiet_loading

_T5 = ("mt5", "t5", "umt5")  # their checkpoints may hold the encoder alone


def load_hidden_states(folder: Path, dtype: str = "float32") -> Any:
    """Loads a model in evaluation mode; of an encoder-decoder model, the encoder. Code of the folder is never run.

    Args:
        folder: Folder of the model in the layout of transformers.
        dtype: Type of the weights. (default: ``"float32"``)

    Returns:
        A model whose output has ``last_hidden_state``, ``[n, T, d]``.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import save_tiny_llm
        >>> type(load_hidden_states(save_tiny_llm(tempfile.mkdtemp()))).__name__
        'LlamaModel'
    """
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    kind = AutoModelForTextEncoding if config.model_type in _T5 else AutoModel
    with quiet_loading():
        model = kind.from_pretrained(
            folder, dtype=getattr(torch, dtype), trust_remote_code=False, local_files_only=True
        )
    if getattr(model, "encoder", None) is not None and getattr(model, "decoder", None) is not None:
        model = model.get_encoder()
    return model.eval()


def max_positions(model: nn.Module) -> int | None:
    """Number of tokens that a model has positions for; :obj:`None` if it has no limit.

    In a model of RoBERTa's kind, the first positions are those of the padding and hold no token.

    Args:
        model: The model.

    Examples:
        >>> from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel
        >>> sizes = dict(vocab_size=9, hidden_size=4, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4)
        >>> sizes["max_position_embeddings"] = 34
        >>> max_positions(BertModel(BertConfig(**sizes))), max_positions(RobertaModel(RobertaConfig(**sizes)))
        (34, 32)
    """
    limits = [getattr(getattr(model, "config", None), "max_position_embeddings", None)]
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding) and module.padding_idx is not None:
            limits.append(module.num_embeddings - module.padding_idx - 1)
    return min((limit for limit in limits if isinstance(limit, int) and limit > 0), default=None)
