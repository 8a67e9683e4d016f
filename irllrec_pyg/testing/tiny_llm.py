"""A language model small enough for tests."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig, PreTrainedTokenizerFast

KINDS = {"llama": LlamaConfig, "mistral": MistralConfig}
_SPECIAL = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "[INST]"]
_TEMPLATE = {
    "llama": (
        "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
        "{% if add_generation_prompt %}<|assistant|>{% endif %}"
    ),
    # As Mistral's first ones: turns alternate, and there is none for the system.
    "mistral": (
        "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
        "{{ raise_exception('roles must alternate') }}{% endif %}"
        "{{ '[INST]' if m['role'] == 'user' else '' }}{{ m['content'] }}{{ '' if m['role'] == 'user' else '<|end|>' }}"
        "{% endfor %}"
    ),
}


def save_tiny_llm(folder: str | Path, kind: str = "llama", seed: int = 1) -> Path:
    """Saves a chat model of some ten thousand random weights, whose tokens are bytes, in transformers' layout.

    What it writes has no meaning, but depends on all that it reads: a pipeline that mixes up prompts is found out.

    Args:
        folder: Where to; made where missing.
        kind: ``"llama"`` or ``"mistral"``. (default: ``"llama"``)
        seed: Of the weights. (default: ``1``)

    Returns:
        The folder.

    Raises:
        ValueError: There is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"'kind' must be one of {', '.join(KINDS)} (got {kind!r})")
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*_SPECIAL, *letters])}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges=[]))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer.add_special_tokens(_SPECIAL)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=_SPECIAL[0], pad_token=_SPECIAL[0])
    fast.chat_template = _TEMPLATE[kind]
    fast.save_pretrained(folder)
    config = KINDS[kind](
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=8192,
        initializer_range=0.5,
        eos_token_id=0,
        bos_token_id=None,
        pad_token_id=0,
    )
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return Path(folder)
