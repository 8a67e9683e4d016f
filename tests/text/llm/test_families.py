"""Models of many families against ``generate`` of transformers, one prompt at a time."""

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, T5Config

from irllrec_pyg.testing.tiny_llm import FAMILIES, save_tiny_llm
from irllrec_pyg.text import IntentGenerator
from irllrec_pyg.text.llm import decoder
from irllrec_pyg.text.llm.chat import chat_tokens
from irllrec_pyg.text.llm.reader import Way
from irllrec_pyg.text.prompts import Prompt

TOKENS = 12
TITLES = ("Alien", "A very long title that goes on and on, and then on, to its end", "M", "Brazil")
PROMPTS = [Prompt("Be brief.", ("<data>\nHeat", "A film."), f"<data>\n{title}\n</data>", "1") for title in TITLES]
OTHERS = {  # families with other settings
    "mistral, short window": ("mistral", {"sliding_window": 64}),
    "gemma2, short window": ("gemma2", {"sliding_window": 64}),
    "gemma3, short window": ("gemma3", {"sliding_window": 64}),
    "falcon, linear biases": ("falcon", {"alibi": True}),
    "phi3, two rotations": (
        "phi3",
        {
            "original_max_position_embeddings": 100,  # between the lengths of the prompts
            "rope_parameters": {
                "rope_type": "longrope",
                "rope_theta": 10000.0,
                "short_factor": [1.0] * 4,
                "long_factor": [8.0] * 4,
                "original_max_position_embeddings": 100,
            },
        },
    ),
    "llama, dynamic rotation": (
        "llama",
        {
            "max_position_embeddings": 100,
            "rope_parameters": {"rope_type": "dynamic", "factor": 4.0, "rope_theta": 10000.0},
        },
    ),
}
CASES = {**{name: (name, {}) for name in FAMILIES}, **OTHERS}
#: Their attention reads a shared beginning, or a copy of it.
SHARED = ("llama", "mistral", "qwen2", "qwen3", "gemma3", "phi3", "gpt_neox", "gpt2")
SHARING = (*SHARED, "gemma2", "bloom", "falcon", "deepseek_v2", "deepseek_v3")


def generator(folder, **kwargs):
    """A generator whose answers are tokens."""
    result = IntentGenerator(folder, **{"max_new_tokens": TOKENS, "enforce_json": False, **kwargs})
    result.tokenizer.decode = lambda tokens, **kwargs: " ".join(map(str, tokens.tolist()))
    return result


def tokens(model, expected):
    """Tokens of its answers; a batch goes on after the end of some."""
    found = [[*map(int, text.split())] for text in model.generate(PROMPTS)]
    return [row[: len(other)] for row, other in zip(found, expected, strict=True)]


def one_by_one(folder):
    """The same by ``generate`` of transformers, without padding or settings of the model."""
    model, tokenizer = (kind.from_pretrained(folder) for kind in (AutoModelForCausalLM, AutoTokenizer))
    model.generation_config, found = GenerationConfig(eos_token_id=0, pad_token_id=0), []
    for prompt in PROMPTS:
        ids = torch.tensor([chat_tokens(tokenizer, prompt.messages())])
        out = model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=TOKENS,
            do_sample=False,
            repetition_penalty=1.1,
        )
        found.append(out[0, ids.size(1) :].tolist())
    return found


@pytest.mark.parametrize("name", CASES)
def test_tokens_are_those_of_generate(name, tmp_path, monkeypatch):
    monkeypatch.setattr(decoder, "_SEGMENT", 5)
    kind, settings = CASES[name]
    try:
        folder = save_tiny_llm(tmp_path / "model", kind, **settings)
    except ImportError as error:
        pytest.skip(str(error))
    expected = one_by_one(folder)
    assert len({*map(tuple, expected)}) > 2, "a model that always says the same proves nothing"
    model = generator(folder)
    assert tokens(model, expected) == expected
    assert bool(model._decoder._prefixes) is (name in SHARING)
    assert (model._decoder.way is Way.SHARE) is (name in SHARED or "rotation" in name)
    model._decoder._prefixes, model.share_prefix, model.fitting_batch_size = {}, False, 3
    assert tokens(model, expected) == expected and not model._decoder._prefixes


def test_a_model_that_computes_batches_wrongly_runs_alone(tmp_path):
    folder = save_tiny_llm(tmp_path / "model")
    expected, model = one_by_one(folder), generator(folder)
    model.model.register_forward_hook(mixes_rows)
    assert model._decoder.way is Way.ALONE and tokens(model, expected) == expected


def mixes_rows(module, args, out):
    """Adds the mean over the batch to the logits of each row."""
    out.logits = out.logits + (out.logits.mean(dim=0) - out.logits if len(out.logits) > 1 else 0)


def test_memory_is_no_reason_to_take_another_way(tmp_path, monkeypatch):
    model = generator(save_tiny_llm(tmp_path / "model"))

    def full(*args, **kwargs):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(model.model, "generate", full)
    with pytest.raises(torch.OutOfMemoryError):
        _ = model._decoder.way


def test_half_precision_is_no_reason_either(tmp_path):
    assert generator(save_tiny_llm(tmp_path / "model"), dtype="bfloat16")._decoder.way is Way.SHARE


def test_what_cannot_answer_says_so(tmp_path):
    folder = save_tiny_llm(tmp_path / "gpt2", "gpt2", max_position_embeddings=100)
    with pytest.raises(ValueError, match=r"has 100 positions, and a prompt with its answer needs \d+; write shorter"):
        generator(folder).generate(PROMPTS)
    folder = save_tiny_llm(tmp_path / "other")
    T5Config(vocab_size=300, d_model=8, num_layers=1).save_pretrained(folder)
    with pytest.raises(ValueError, match="cannot answer questions: 't5' is no causal language model of transformers"):
        generator(folder).generate(PROMPTS)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.eos_token = None
    tokenizer.save_pretrained(folder)
    with pytest.raises(ValueError, match="has no token that ends a text"):
        generator(folder)


def test_families_without_classes_are_named(tmp_path, monkeypatch):
    monkeypatch.setitem(FAMILIES, "new", ("NoSuchConfig", {}))
    with pytest.raises(ImportError, match="has no NoSuchConfig; install a newer one"):
        save_tiny_llm(tmp_path, "new")
    with pytest.raises(ValueError, match="'kind' must be one of llama"):
        save_tiny_llm(tmp_path, "old")
