"""The decoding settings that come with a model change no answer."""

import json
import shutil

import pytest

from irllrec_pyg.text import IntentGenerator
from irllrec_pyg.text.prompts import Prompt

PROMPTS = [
    Prompt("Be brief.", ("<data>\nHeat", "A film."), f"<data>\n{title}", "1")
    for title in ("Alien", "A longer title", "M")
]
SETTINGS = {
    "beams": {"num_beams": 4},
    "beams and sampling": {"num_beams": 2, "do_sample": True, "num_return_sequences": 2},
    "static cache": {"cache_implementation": "static"},
    "no cache": {"use_cache": False},
    "sampling": {"do_sample": True, "temperature": 9.0, "top_k": 3, "top_p": 0.1},
    "penalties": {"repetition_penalty": 5.0, "no_repeat_ngram_size": 1, "encoder_no_repeat_ngram_size": 2},
    "lengths": {"max_length": 5, "min_length": 400, "max_time": 0.0001},
    "forced tokens": {"forced_bos_token_id": 7, "forced_eos_token_id": 0, "suppress_tokens": [*range(9, 200)]},
    "bad words": {"bad_words_ids": [[number] for number in range(9, 200)], "begin_suppress_tokens": [*range(200, 260)]},
    "other": {"guidance_scale": 3.0, "prompt_lookup_num_tokens": 3, "output_scores": True},
    "dictionary": {"return_dict_in_generate": True, "output_logits": True},
}


def answers(folder, **kwargs):
    model = IntentGenerator(folder, max_new_tokens=12, enforce_json=False, batch_size=2)
    return model.generate(PROMPTS, **kwargs), model


@pytest.fixture(scope="module")
def expected(tiny_llama):
    return [answers(tiny_llama, sample=sample)[0] for sample in (False, True)]


@pytest.mark.parametrize("file", ["generation_config.json", "config.json"])
@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_the_model_change_nothing(name, file, tiny_llama, expected, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(tiny_llama, folder)
    if file == "config.json":  # the place of old models
        (folder / "generation_config.json").unlink()
    path = folder / file
    path.write_text(json.dumps({**json.loads(path.read_text()), **SETTINGS[name]}))
    assert len({*expected[0], *expected[1]}) > 3
    for sample in (False, True):
        found, model = answers(folder, sample=sample)
        assert found == expected[sample]
        assert model._decoder._prefixes, "the beginning is shared as before"


def test_the_ends_of_the_model_are_kept(tiny_llama, expected, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(tiny_llama, folder)
    _, model = answers(folder)
    letter = next(letter for letter in expected[0][0][1:] if letter.isascii())
    end = model.tokenizer(letter, add_special_tokens=False)["input_ids"][0]
    path = folder / "generation_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "eos_token_id": [0, end]}))
    found, _ = answers(folder)
    assert found[0] == (expected[0][0].partition(letter)[0] + letter).strip() != expected[0][0]
