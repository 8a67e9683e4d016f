"""What one prompt can reuse of another in a model, found out by trying."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import GenerationConfig, StaticCache
from transformers.cache_utils import StaticLayer, StaticSlidingWindowLayer

from .reader import PromptReader, Way

_TEXT = " ".join(f"{number} and {number * number}," for number in range(60))
_LENGTH, _CUT, _STEPS = 96, 8, 3  # tokens of the longer prompt, of the shared beginning, and those that are generated


@torch.inference_mode()
def find_way(model: Any, tokenizer: Any) -> Way:
    """The fastest way in which a model computes the same as for one prompt at a time.

    Two short prompts run in each way, until the logits agree with those of a plain forward pass over each prompt alone.
    A way that raises an error is left out. What a model can do depends on its attention, positions and cache, and on
    the version of transformers; the name of its family does not say it.

    Args:
        model: A causal model of transformers.
        tokenizer: Its tokenizer.

    Raises:
        torch.OutOfMemoryError: Not even the short prompts fit into memory.

    Examples:
        >>> import tempfile
        >>> from transformers import AutoModelForCausalLM, AutoTokenizer
        >>> from irllrec_pyg.testing import save_tiny_llm
        >>> folder = save_tiny_llm(tempfile.mkdtemp())
        >>> model, tokenizer = (kind.from_pretrained(folder) for kind in (AutoModelForCausalLM, AutoTokenizer))
        >>> find_way(model, tokenizer).name  # its attention is not that of shared_prefix.py
        'COPY'
    """
    ids: list[int] = tokenizer(_TEXT, add_special_tokens=False)["input_ids"][:_LENGTH]
    rows = [ids, ids[: _CUT + 3]]  # much padding: some positions are only a little wrong for each token of it
    ways = [Way.BATCH] if getattr(model, "_is_stateful", False) else [Way.SHARE, Way.COPY, Way.REUSE, Way.BATCH]
    return next((way for way in ways if _works(model, rows, way)), Way.ALONE)


def _works(model: Any, rows: list[list[int]], way: Way) -> bool:
    """Whether a way gives the logits of each row alone."""
    try:
        tokens, logits = _generate(PromptReader(model, way), rows)
    except torch.OutOfMemoryError:
        raise
    except Exception:  # a model raises anything where it does not support something
        return False
    return all(_agree(model, *row) for row in zip(rows, tokens.tolist(), logits, strict=True))


def _generate(reader: PromptReader, rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    """A few tokens for each row, and their logits."""
    cut = _CUT if reader.way >= Way.COPY else 0
    (ids, mask), cache = reader.pad(rows, cut), None
    if reader.way >= Way.REUSE:
        shared = reader.prefix(rows[0][:cut]) if cut else []
        known = reader.read(ids[:, :-1], mask[:, :-1], shared, cut)
        cache = reader.cache(shared, known, len(rows), ids.size(1) + _STEPS)
    config = GenerationConfig(
        max_new_tokens=_STEPS,
        min_new_tokens=_STEPS,
        do_sample=False,
        pad_token_id=rows[0][0],
        use_cache=True,
        output_logits=True,
        return_dict_in_generate=True,
        disable_compile=True,
    )
    out = reader.model.generate(
        input_ids=ids, attention_mask=mask, generation_config=config, **{reader.argument: cache}
    )
    return out.sequences[:, ids.size(1) :], torch.stack(out.logits, dim=1)


def _agree(model: Any, row: list[int], tokens: list[int], logits: Tensor) -> bool:
    """Whether a forward pass over a row and its next tokens has these logits, up to rounding. One token may differ:
    rounding can send it to another expert of a mixture."""
    out = model(input_ids=torch.tensor([[*row, *tokens[:-1]]], device=model.device)).logits[0, -len(tokens) :]
    error = (logits.to(out.device).float() - out.float()).norm(dim=1) / out.float().norm(dim=1)
    return bool(error.median() <= max(0.01, torch.finfo(out.dtype).eps ** 0.5))


def keeps_all(model: Any, length: int) -> bool:
    """Whether each layer of the cache keeps all keys and values of a row, and nothing else. A sliding window drops the
    first ones, and a recurrent layer has none.

    Args:
        model: A causal model of transformers.
        length: Number of tokens of the row.
    """
    try:
        layers: list[Any] = StaticCache(config=model.config, max_cache_len=length).layers
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    # Other classes, which derive from these two, keep more than keys and values.
    return all(
        type(layer) in (StaticLayer, StaticSlidingWindowLayer) and layer.max_cache_len >= length for layer in layers
    )


def rotation_limit(model: Any) -> float:
    """Number of tokens up to which the angles of rotary positions do not depend on the longest row of a batch.

    Args:
        model: A causal model of transformers.
    """
    for module in model.modules():
        kind = getattr(module, "rope_type", None)
        if {"dynamic", "longrope"} & {*(kind.values() if isinstance(kind, dict) else (kind,))}:
            config = model.config.get_text_config()
            rope = getattr(config, "rope_parameters", None) or {}
            own = getattr(config, "original_max_position_embeddings", None)
            return float(own or rope.get("original_max_position_embeddings") or config.max_position_embeddings)
    return float("inf")


def position_limit(model: Any) -> float:
    """Number of tokens of which a model can read the positions. Only a table of learned positions has an end.

    Args:
        model: A causal model of transformers.
    """
    limit = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    tables = (table.num_embeddings for table in model.modules() if isinstance(table, nn.Embedding))
    # Some tables begin with two rows for the padding. A vocabulary is larger than that.
    return float(limit) if limit and any(size in (limit, limit + 2) for size in tables) else float("inf")
