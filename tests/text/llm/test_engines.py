"""Engines behind one contract: the same prompts and answers, keys of their own, and no connection."""

import json
import os
import socket
import sys

import pytest

from irllrec_pyg.text import ANSWER_SCHEMA, ENGINES, IntentGenerator, IntentStore, answer_prompts
from irllrec_pyg.text.llm import chat_generator
from irllrec_pyg.text.prompts import Prompt
from tests.text.llm import stand_ins

pytest.importorskip("gguf")
from tests.text.llm.tiny_gguf import save_gguf

PROMPTS = [
    Prompt("Be brief.", ("<data>\nHeat", "A film."), f"<data>\n{title}", "1")
    for title in ("Alien", "A longer  title", "M")
]
OTHERS = ["vllm", "llama.cpp"]


@pytest.fixture(scope="module")
def gguf_file(tiny_llama, tmp_path_factory):
    return save_gguf(tiny_llama, tmp_path_factory.mktemp("gguf") / "tiny.gguf")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a connection was opened")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def make(tiny_llama, gguf_file, monkeypatch):
    """Makes a generator by the name of its engine, whose package is a stand-in."""
    for name in ("HF_HUB_OFFLINE", "VLLM_NO_USAGE_STATS", "DO_NOT_TRACK"):
        monkeypatch.setenv(name, "0")  # the value that holds after the test is the one before it
    for name, module in {**stand_ins.vllm(), **stand_ins.llama_cpp(tiny_llama)}.items():
        monkeypatch.setitem(sys.modules, name, module)

    def call(engine, **settings):
        model = gguf_file if engine == "llama.cpp" else tiny_llama
        return ENGINES[engine](model, **{"max_new_tokens": 12, "enforce_json": False, **settings})

    return call


@pytest.fixture(scope="module")
def expected(tiny_llama):
    return IntentGenerator(tiny_llama, max_new_tokens=12, enforce_json=False).generate(PROMPTS)


def test_the_engines():
    assert {"transformers", *OTHERS} <= {*ENGINES} and ENGINES["transformers"] is IntentGenerator
    with pytest.raises(ValueError, match="there is no engine 'vlm'; did you mean 'vllm'"):
        ENGINES["vlm"]


@pytest.mark.parametrize("engine", OTHERS)
def test_the_same_answers_as_transformers(engine, make, expected):
    generator = make(engine)
    assert "model" not in vars(generator), "keys can be had without loading the weights"
    assert generator.generate(PROMPTS) == expected and len(set(expected)) == len(PROMPTS)
    assert generator.generate([]) == []
    plain = make("transformers")
    assert [*map(generator.length, PROMPTS)] == [*map(plain.length, PROMPTS)]


@pytest.mark.parametrize("engine", OTHERS)
def test_samples_depend_on_the_seed(engine, make):
    generator = make(engine)
    first, again, other = (generator.generate(PROMPTS, sample=True, seed=seed) for seed in (1, 1, 2**32 - 1))
    assert first == again and first != other


@pytest.mark.parametrize("engine", OTHERS)
def test_a_store_never_mixes_engines(engine, make, tmp_path, monkeypatch):
    store, prompts = IntentStore(tmp_path), {f"item/{place}": prompt for place, prompt in enumerate(PROMPTS)}
    generators = [make("transformers"), make(engine)]
    for generator in generators:
        answer_prompts(prompts, generator, store, progress=False)
    assert len(store) == 2 * len(PROMPTS)
    asked = len(generators[1].model.asked)
    answer_prompts(prompts, make(engine), store, progress=False)
    assert len(store) == 2 * len(PROMPTS) and len(generators[1].model.asked) == asked, "nothing is asked twice"
    newer = make(engine)
    monkeypatch.setattr(newer.vllm if engine == "vllm" else newer.llama_cpp, "__version__", "99")
    assert newer.decoding != {**generators[0].decoding, "engine": engine} and newer.decoding["engine_version"] == "99"
    answer_prompts(prompts, newer, store, progress=False)
    assert len(store) == 3 * len(PROMPTS)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["decoding"]["engine"] == engine and manifest["decoding"]["engine_version"] == "99"


def test_keys_of_transformers_are_those_of_earlier_versions(make):
    assert make("transformers").decoding == {
        "max_new_tokens": 12,
        "repetition_penalty": 1.1,
        "retry_temperature": 0.7,
        "enforce_json": False,
        "dtype": "float32",
        "load_in_4bit": False,
    }


def test_a_gguf_file_and_the_model_unpacked_from_it_have_the_same_revision(make, gguf_file, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    unpacked = IntentGenerator(gguf_file, max_new_tokens=12, enforce_json=False)
    assert make("llama.cpp").revision == unpacked.revision


def test_vllm_enforces_the_form_and_reports_to_nobody(make, monkeypatch):
    generator = make("vllm", enforce_json=True, context_length=2000)
    assert all(os.environ[name] == "1" for name in ("HF_HUB_OFFLINE", "VLLM_NO_USAGE_STATS", "DO_NOT_TRACK"))
    generator.generate(PROMPTS)
    (model,) = generator.vllm.models
    (_, sampling), *_ = model.asked
    assert sampling.structured_outputs.json == ANSWER_SCHEMA
    assert model.loaded == {"dtype": "auto", "max_model_len": 2000, "form": {"backend": "guidance"}}
    with pytest.raises(ValueError, match="vLLM cannot load .* with 'context_length' 9000 and .*: User-specified"):
        make("vllm", context_length=9000).generate(PROMPTS)
    monkeypatch.setattr(chat_generator, "process_state", lambda: type("State", (), {"num_processes": 2}))
    with pytest.raises(RuntimeError, match="give the command without 'accelerate launch'"):
        make("vllm")


def test_llama_cpp_enforces_the_form_and_forgets_earlier_calls(make):
    generator = make("llama.cpp", enforce_json=True, context_length=2000)
    generator.generate(PROMPTS[:2])
    generator.generate(PROMPTS[2:])
    (model,) = generator.llama_cpp.models
    calls = [call if call == "reset" else json.loads(call[1].schema) for call in model.asked]
    assert calls == ["reset", ANSWER_SCHEMA, ANSWER_SCHEMA, "reset", ANSWER_SCHEMA]
    assert model.loaded == {"n_ctx": 2000, "last_n_tokens_size": 12}
    with pytest.raises(ValueError, match="has 8192 positions; lower 'context_length' \\(9000\\)"):
        make("llama.cpp", context_length=9000).generate(PROMPTS)


@pytest.mark.parametrize("engine", OTHERS)
def test_a_prompt_that_is_too_long_is_refused_before_the_model_is_loaded(engine, make):
    generator = make(engine, context_length=40)
    with pytest.raises(ValueError, match="needs [0-9]+ tokens, and 'context_length' is 40; raise it"):
        generator.generate(PROMPTS)
    assert "model" not in vars(generator)


@pytest.mark.parametrize("engine", OTHERS)
def test_arguments_are_checked(engine, make):
    with pytest.raises(ValueError, match="'batch_size' must be at least 1"):
        make(engine, batch_size=0)
    with pytest.raises(ValueError, match="'repetition_penalty' must be above 0"):
        make(engine, repetition_penalty=0.0)


def test_a_missing_package_says_how_to_get_it(make, monkeypatch, tiny_llama):
    with pytest.raises(ValueError, match="has no GGUF file, which this engine needs"):
        ENGINES["llama.cpp"](tiny_llama)
    monkeypatch.delattr(sys.modules["vllm.sampling_params"], "StructuredOutputsParams")
    with pytest.raises(ImportError, match=r"needs vllm 0.11 or newer \(got 0.33.0\)"):
        make("vllm")
    for engine, module, extra in (("vllm", "vllm", "vllm"), ("llama.cpp", "llama_cpp", "llama")):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(ImportError, match=rf"engine '{engine}' needs the package .*'irllrec-pyg\[{extra}\]'"):
            make(engine)


def test_llama_cpp_itself(gguf_file, tmp_path, monkeypatch):
    """The real package, where it is installed, against transformers and against the form."""
    pytest.importorskip("llama_cpp")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    settings = {"max_new_tokens": 12, "enforce_json": False, "repetition_penalty": 1.0}
    generator = ENGINES["llama.cpp"](gguf_file, **settings)
    answers = generator.generate(PROMPTS)
    expected = IntentGenerator(gguf_file, **settings).generate(PROMPTS)
    for found, answer in zip(answers, expected, strict=True):  # it leaves out half characters, and writes on after them
        assert found.startswith(answer.replace("\ufffd", "").strip()) and len(found) > 3
    assert [generator.generate([prompt])[0] for prompt in PROMPTS] == answers
    sampled = [generator.generate(PROMPTS, sample=True, seed=seed) for seed in (1, 1, 2)]
    assert sampled[0] == sampled[1] != sampled[2]
    formed = ENGINES["llama.cpp"](gguf_file, max_new_tokens=3500).generate(PROMPTS[:1])
    assert {*json.loads(formed[0], strict=False)} == {"likes", "dislikes", "intent"}  # control characters may be in it
