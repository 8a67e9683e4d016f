"""A tiny Llama as a GGUF file, as the converters of llama.cpp write it."""

import numpy as np
from transformers import AutoModelForCausalLM, AutoTokenizer

_LAYER = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_NAMES = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
_ALPHABET = ("Ġ", "Ġ")  # two spaces are one token: a file without merges cannot be read


def save_gguf(folder, file):
    """Writes the Llama of a folder of ``save_tiny_llm`` to a file."""
    import gguf  # not needed to collect the examples of the tests

    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    config = model.config
    writer = gguf.GGUFWriter(str(file), "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    tokens = [*tokenizer.convert_ids_to_tokens(range(len(tokenizer))), "".join(_ALPHABET)]
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    special = set(tokenizer.all_special_ids) | {token for token, text in enumerate(tokens) if text.startswith("<|")}
    kinds = (gguf.TokenType.CONTROL if token in special else gguf.TokenType.NORMAL for token in range(len(tokens)))
    writer.add_token_types([*kinds])
    writer.add_token_merges([" ".join(_ALPHABET)])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_chat_template(tokenizer.chat_template)
    for name, weight in model.state_dict().items():
        place, _, kind = name.rpartition(".")
        writer.add_tensor(f"{_place(place)}.{kind}", _values(place, weight.float().numpy(), config))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def _place(name):
    if name in _NAMES:
        return _NAMES[name]
    _, _, number, part = name.split(".", 3)
    return f"blk.{number}.{_LAYER[part]}"


def _values(place, values, config):
    """The weights, with a row for the further token, and with the two halves of each rotation beside each other."""
    if place in ("model.embed_tokens", "lm_head"):
        return np.concatenate([values, values[:1]])
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}.get(place.rpartition(".")[2])
    if heads is None:
        return values
    return np.ascontiguousarray(values.reshape(heads, 2, -1, values.shape[1]).swapaxes(1, 2).reshape(values.shape))
