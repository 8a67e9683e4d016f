"""Features on disk: the same as in memory, and never made twice."""

import json

import numpy as np
import pytest
import torch

from irllrec_pyg.text import TextEncoder, encode_to_file

TEXTS = [" ".join("abcdefgh"[: 1 + n % 8]) + " x" * (n % 5) for n in range(23)]


@pytest.fixture(scope="module")
def encoder(tiny_encoder):
    return TextEncoder(tiny_encoder)


class KilledError(Exception):
    pass


def stop_after(encoder, batches, monkeypatch):
    """Makes an encoder stop after some batches, and counts them."""
    run, ran = encoder._encode_batch, []

    def limited(texts):
        if len(ran) == batches:
            raise KilledError
        ran.append(texts)
        return run(texts)

    monkeypatch.setattr(encoder, "_encode_batch", limited)
    return ran


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float16", 1e-3)])
def test_as_in_memory(encoder, dtype, tolerance, tmp_path):
    file = encode_to_file(TEXTS, encoder, tmp_path / "new" / "x.npy", dtype, 4, progress=False)
    found = np.load(file)
    assert found.dtype == dtype
    expected = encoder.encode(TEXTS, 4, progress=False)
    torch.testing.assert_close(torch.from_numpy(found).float(), expected, rtol=0, atol=tolerance)
    about = json.loads(file.with_suffix(".json").read_text())
    assert about["rows"] == 23 and about["pooling"] == "mean" and about["revision"] == encoder.recipe["revision"]
    assert sorted(path.name for path in file.parent.iterdir()) == ["x.json", "x.npy"]


@pytest.mark.parametrize("batches", range(6))
def test_stopped_anywhere_and_resumed(encoder, batches, tmp_path, monkeypatch):
    whole = np.load(encode_to_file(TEXTS, encoder, tmp_path / "whole.npy", batch_size=4, progress=False))
    ran = stop_after(encoder, batches, monkeypatch)
    with pytest.raises(KilledError):
        encode_to_file(TEXTS, encoder, tmp_path / "x.npy", batch_size=4, progress=False)
    assert len(ran) == batches and not (tmp_path / "x.npy").exists()
    monkeypatch.undo()
    ran = stop_after(encoder, 99, monkeypatch)
    found = np.load(encode_to_file(TEXTS, encoder, tmp_path / "x.npy", batch_size=4, progress=False))
    assert len(ran) == 6 - batches and np.array_equal(found, whole)
    encode_to_file(TEXTS, encoder, tmp_path / "x.npy", batch_size=4, progress=False)
    assert len(ran) == 6 - batches, "what is done is not done again"


def test_other_texts_or_another_way_are_made_anew(encoder, tiny_encoder, tmp_path):
    first = np.load(encode_to_file(TEXTS, encoder, tmp_path / "x.npy", progress=False))
    second = np.load(encode_to_file(TEXTS[::-1], encoder, tmp_path / "x.npy", progress=False))
    np.testing.assert_allclose(second, first[::-1], atol=1e-6)
    third = encode_to_file(TEXTS[::-1], TextEncoder(tiny_encoder, pooling="cls"), tmp_path / "x.npy", progress=False)
    assert not np.allclose(np.load(third), second)


def test_bad_arguments(encoder, tmp_path):
    with pytest.raises(ValueError, match="'dtype' must be one of float16, float32"):
        encode_to_file(TEXTS, encoder, tmp_path / "x.npy", "bfloat16")
    with pytest.raises(ValueError, match="1 of 'texts' are empty"):
        encode_to_file(["a", ""], encoder, tmp_path / "x.npy")
