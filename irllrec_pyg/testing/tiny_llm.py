"""A language model small enough for tests and examples."""

from __future__ import annotations

from pathlib import Path

import torch

_CONFIGS = {"llama": "LlamaConfig", "mistral": "MistralConfig"}
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
}


def save_tiny_llm(folder: str | Path, kind: str = "llama", seed: int = 1) -> Path:
    """Saves a chat model of some ten thousand random weights, in the layout of transformers. Its tokens are bytes.

    What it writes has no meaning, but depends on everything that it reads. A pipeline that mixes up prompts is found
    out. It serves as a text encoder too.

    Args:
        folder: Folder of the model; it is created if it is missing.
        kind: ``"llama"`` or ``"mistral"``. (default: ``"llama"``)
        seed: Seed of the weights. (default: ``1``)

    Returns:
        The folder.

    Raises:
        ValueError: There is no such kind.

    Examples:
        >>> import tempfile
        >>> folder = save_tiny_llm(tempfile.mkdtemp())
        >>> (folder / "model.safetensors").is_file()
        True
    """
    import transformers  # not needed for the test of a layer
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    if kind not in _CONFIGS:
        raise ValueError(f"'kind' must be one of {', '.join(_CONFIGS)} (got {kind!r})")
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*_SPECIAL, *letters])}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges=[]))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer.add_special_tokens(_SPECIAL)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=_SPECIAL[0], pad_token=_SPECIAL[0]
    )
    fast.chat_template = _TEMPLATES[kind]
    fast.save_pretrained(folder)
    config = getattr(transformers, _CONFIGS[kind])(
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
        transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return Path(folder)
