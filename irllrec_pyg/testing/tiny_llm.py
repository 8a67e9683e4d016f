"""A language model small enough for tests and examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

_GEMMA = {"head_dim": 16, "initializer_range": 0.1, "tie_word_embeddings": False}
_LATENT = {
    "num_key_value_heads": 4,
    "q_lora_rank": 16,
    "kv_lora_rank": 16,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 8,
    "v_head_dim": 12,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "n_shared_experts": 1,
    "moe_intermediate_size": 16,
    "first_k_dense_replace": 1,
    "n_group": 1,
    "topk_group": 1,
}
#: Name of the configuration of each family in transformers, and its settings beside the common ones.
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("LlamaConfig", {}),
    "mistral": ("MistralConfig", {}),  # with a sliding window of 4096 tokens
    "qwen2": ("Qwen2Config", {}),
    "qwen3": ("Qwen3Config", {"head_dim": 16}),
    "gemma2": ("Gemma2Config", _GEMMA),
    "gemma3": ("Gemma3TextConfig", _GEMMA),
    "phi3": ("Phi3Config", {}),
    "gpt_neox": ("GPTNeoXConfig", {}),
    "gpt2": ("GPT2Config", {}),
    "bloom": ("BloomConfig", {}),
    "falcon": ("FalconConfig", {}),
    "mpt": ("MptConfig", {}),
    "deepseek_v2": ("DeepseekV2Config", {**_LATENT, "topk_method": "greedy"}),
    "deepseek_v3": ("DeepseekV3Config", _LATENT),
}
_SPECIAL = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "[INST]"]
_TEMPLATES = {
    "llama": (
        "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
        "{% if add_generation_prompt %}<|assistant|>{% endif %}"
    ),
    # As in the first models of Mistral: turns alternate, and there is no system turn.
    "mistral": (
        "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
        "{{ raise_exception('roles must alternate') }}{% endif %}"
        "{{ '[INST]' if m['role'] == 'user' else '' }}{{ m['content'] }}{{ '' if m['role'] == 'user' else '<|end|>' }}"
        "{% endfor %}"
    ),
    # As in some models of Phi-3: a system turn is left out in silence.
    "phi3": (
        "{% for m in messages %}{% if m['role'] != 'system' %}<|{{ m['role'] }}|>{{ m['content'] | trim }}<|end|>"
        "{% endif %}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
    ),
}
_TEMPLATES["gemma2"] = _TEMPLATES["mistral"]


def save_tiny_llm(folder: str | Path, kind: str = "llama", seed: int = 1, **settings: Any) -> Path:
    """Saves a chat model of some ten thousand random weights, in the layout of transformers. Its tokens are bytes.

    What it writes has no meaning, but depends on everything that it reads. A pipeline that mixes up prompts is found
    out. It serves as a text encoder too.

    Args:
        folder: Folder of the model; it is created if it is missing.
        kind: Family of the model, one of :data:`FAMILIES`. (default: ``"llama"``)
        seed: Seed of the weights. (default: ``1``)
        **settings: Settings of the family's configuration, such as ``sliding_window``. (default: those of a tiny model)

    Returns:
        The folder.

    Raises:
        ValueError: There is no such kind.
        ImportError: The installed transformers lacks the family.

    Examples:
        >>> import tempfile
        >>> folder = save_tiny_llm(tempfile.mkdtemp())
        >>> (folder / "model.safetensors").is_file()
        True
    """
    import transformers  # not needed for the test of a layer
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    if kind not in FAMILIES:
        raise ValueError(f"'kind' must be one of {', '.join(FAMILIES)} (got {kind!r})")
    name, own = FAMILIES[kind]
    if not hasattr(transformers, name):
        raise ImportError(f"transformers {transformers.__version__} has no {name}; install a newer one")
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*_SPECIAL, *letters])}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges=[]))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer.add_special_tokens(_SPECIAL)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=_SPECIAL[0], pad_token=_SPECIAL[0]
    )
    fast.chat_template = _TEMPLATES.get(kind, _TEMPLATES["llama"])
    fast.save_pretrained(folder)
    common = {
        "vocab_size": len(vocabulary),
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 8192,
        "initializer_range": 0.5,
        "eos_token_id": 0,
        "bos_token_id": None,
        "pad_token_id": 0,
    }
    config = getattr(transformers, name)(**{**common, **own, **settings})
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return Path(folder)
