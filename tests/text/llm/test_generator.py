"""The generator against one prompt at a time, whatever is shared, padded, halved or asked again."""

import json
import string
import sys

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from irllrec_pyg.text import HistoryEntry, IntentGenerator, PromptWriter, TokenBudget, parse_answer
from irllrec_pyg.text.llm import decoder, loading

TOKENS = 10  # of an answer
NAMES = ("Alien", "Heat", "A very long title that goes on and on", "M", "Brazil")


@pytest.fixture(scope="module")
def prompts(tiny_llama):
    writer = PromptWriter("movies", TokenBudget(AutoTokenizer.from_pretrained(tiny_llama)), 4000, entry_tokens=60)
    return [writer.item(str(n), title, "", {1: "good"} if n % 2 else {}) for n, title in enumerate(NAMES)]


def generator(folder, **kwargs):
    return IntentGenerator(folder, **{"max_new_tokens": TOKENS, "enforce_json": False, **kwargs})


def one_by_one(folder, prompts):
    """The most likely answers by a plain loop over the model's logits."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    answers = []
    for prompt in prompts:
        system, *others = prompt.messages()
        if "raise_exception" in tokenizer.chat_template:
            others[0] = {"role": "user", "content": f"{system['content']}\n\n{others[0]['content']}"}
        else:
            others = [system, *others]
        ids = tokenizer.apply_chat_template(others, add_generation_prompt=True, return_tensors="pt")["input_ids"]
        start = ids.size(1)
        with torch.no_grad():
            while ids.size(1) < start + TOKENS and (ids.size(1) == start or ids[0, -1] != tokenizer.eos_token_id):
                logits = model(ids).logits[0, -1]
                seen = ids[0].unique()
                logits[seen] = torch.where(logits[seen] > 0, logits[seen] / 1.1, logits[seen] * 1.1)
                ids = torch.cat([ids, logits.argmax().view(1, 1)], dim=1)
        answers.append(tokenizer.decode(ids[0, start:], skip_special_tokens=True).strip())
    return answers


@pytest.fixture(scope="module")
def expected(tiny_llm, prompts):
    return one_by_one(tiny_llm, prompts)


def test_batches_padding_and_prefix_change_nothing(tiny_llm, prompts, expected):
    assert len(set(expected)) > 1, "a model that always says the same proves nothing"
    for settings in ({}, {"share_prefix": False}, {"batch_size": 2}, {"batch_size": 1}):
        assert generator(tiny_llm, **settings).generate(prompts) == expected
    forgetful = generator(tiny_llm)
    forgetful._decoder.can_reuse = lambda length: False
    assert forgetful.generate(prompts) == expected and not forgetful._decoder._prefixes


def test_a_window_that_forgets_is_not_reused(tiny_llama, prompts):
    model = generator(tiny_llama)
    assert model._decoder.can_reuse(10**9)
    model.model.config.sliding_window = 3000
    assert model._decoder.can_reuse(3000) and not model._decoder.can_reuse(3001)


@pytest.mark.parametrize("segment", [1, 7, 100])
def test_leaving_a_batch_early_changes_nothing(segment, tiny_llm, prompts, expected, monkeypatch):
    monkeypatch.setattr(decoder, "_SEGMENT", segment)
    model = generator(tiny_llm)

    def cut(letter):
        return [answer.partition(letter)[0].strip() for answer in expected]

    # The letter at which answers end at the most different places becomes an end of answers.
    letter = max(set("".join(expected)) & set(string.ascii_letters), key=lambda letter: len(set(map(len, cut(letter)))))
    assert len(set(map(len, cut(letter)))) > 1
    model.model.generation_config.eos_token_id = [0, *model.tokenizer(letter)["input_ids"]]
    assert [answer.partition(letter)[0].strip() for answer in model.generate(prompts)] == cut(letter)


def test_the_prefix_is_computed_once_and_is_long(tiny_llm, prompts):
    model = generator(tiny_llm)
    model.generate(prompts[:2])
    ((prefix, cache),) = model._decoder._prefixes.items()
    text = model.tokenizer.decode(list(prefix))
    assert prompts[0].system in text and prompts[0].example[1] in text and "Alien" not in text
    model.generate(prompts[2:])
    assert model._decoder._prefixes[prefix] is cache


def test_other_instructions_share_nothing(tiny_llama, prompts):
    writer = PromptWriter("books", TokenBudget(AutoTokenizer.from_pretrained(tiny_llama)), 4000, entry_tokens=60)
    mixed = [prompts[0], writer.user("u", {1: HistoryEntry("Emma")}), prompts[1]]
    model = generator(tiny_llama)
    assert model.generate(mixed) == [model.generate([prompt])[0] for prompt in mixed]


def test_a_batch_that_does_not_fit_is_halved(tiny_llama, prompts, monkeypatch):
    model, sizes = generator(tiny_llama, batch_size=4), []
    run = model._decoder.run

    def limited(rows, *args):
        sizes.append(len(rows))
        if len(rows) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 GiB")
        return run(rows, *args)

    monkeypatch.setattr(model._decoder, "run", limited)
    assert model.generate(prompts) == generator(tiny_llama).generate(prompts)
    assert sizes == [4, 2, 1, 1, 1, 1, 1] and (model.fitting_batch_size, model.batch_size) == (1, 4)


def test_sampling_is_seeded_and_leaves_the_callers_state(tiny_llama, prompts):
    model, state = generator(tiny_llama), torch.get_rng_state()
    first = model.generate(prompts, sample=True, seed=1)
    assert torch.equal(torch.get_rng_state(), state)
    assert first == model.generate(prompts, sample=True, seed=1)
    assert first != model.generate(prompts, sample=True, seed=2) and first != model.generate(prompts)


@pytest.mark.usefixtures("short_answers")
def test_the_form_is_enforced(tiny_llm, prompts):
    pytest.importorskip("llguidance")
    model = generator(tiny_llm, enforce_json=True, max_new_tokens=300)
    for sample in (False, True):
        for text in model.generate(prompts, sample=sample):
            answer, repaired = parse_answer(text)
            assert not repaired and set(json.loads(text)) == {"likes", "dislikes", "intent"}
            assert len(answer.likes) <= 1 and max(map(len, (*answer.likes, *answer.dislikes, ""))) <= 3
            assert len(answer.intent) <= 12


def test_nothing_to_ask(tiny_llama):
    assert generator(tiny_llama).generate([]) == []


def test_decoding_and_revision(tiny_llama, tmp_path):
    model = generator(tiny_llama)
    assert model.decoding["max_new_tokens"] == TOKENS and json.dumps(model.decoding)
    assert model.revision == generator(tiny_llama).revision
    assert "model" not in vars(model), "keys can be had without loading the weights"
    other = AutoModelForCausalLM.from_pretrained(tiny_llama)
    with torch.no_grad():
        other.lm_head.weight[0, 0] += 1
    other.save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(tiny_llama).save_pretrained(tmp_path)
    assert generator(tmp_path).revision != model.revision


def test_missing_packages_say_how_to_get_them(tiny_llama, monkeypatch):
    monkeypatch.setattr(loading, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="'load_in_4bit' needs the package bitsandbytes: pip install"):
        _ = generator(tiny_llama, load_in_4bit=True).model
    monkeypatch.setitem(sys.modules, "llguidance.hf", None)
    with pytest.raises(ImportError, match="'enforce_json' needs the package llguidance: pip install"):
        generator(tiny_llama, enforce_json=True)


def test_bad_arguments(tiny_llama, tiny_encoder):
    with pytest.raises(FileNotFoundError, match="Nothing is downloaded"):
        IntentGenerator("mistralai/Mistral-7B-Instruct-v0.3")
    with pytest.raises(ValueError, match="has no chat template"):
        generator(tiny_encoder)
    with pytest.raises(ValueError, match="'batch_size' must be at least 1"):
        generator(tiny_llama, batch_size=0)
    with pytest.raises(ValueError, match="'retry_temperature' must be above 0"):
        generator(tiny_llama, retry_temperature=0.0)
