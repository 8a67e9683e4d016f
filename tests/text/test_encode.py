"""Intent features of a corpus: users and items become valid together."""

import numpy as np
import pytest
import torch

from irllrec_pyg.cli import intents as command
from irllrec_pyg.datasets import ReviewDataset
from irllrec_pyg.testing import save_tiny_llm, tiny_corpus
from irllrec_pyg.text import IntentAnswer, IntentStore, Record, TextEncoder, encode_intents


class KilledError(Exception):
    """Stands for a killed process."""


@pytest.fixture
def corpus(tmp_path):
    """A corpus with an answer for every user and item."""
    corpus, store = tiny_corpus(tmp_path), IntentStore(tmp_path / "intents")
    entities = [f"{side}/{id_}" for side in ("user", "item") for id_ in corpus.data[side].original_id]
    answers = [IntentAnswer((), (), f"Wants number {number}.") for number in range(len(entities))]
    store.add([Record(name, "k", "valid", 1, "", answer) for name, answer in zip(entities, answers, strict=True)])
    store.set_current(dict.fromkeys(entities, "k"))
    return corpus


@pytest.fixture
def encode(corpus, tmp_path):
    """Encodes with a model of some seed, which may stop after some batches."""

    def call(seed, batches=None, **kwargs):
        encoder = TextEncoder(save_tiny_llm(tmp_path / f"model-{seed}", seed=seed), **kwargs)
        run, count = encoder._encode_batch, iter(range(10**6))

        def limited(texts):
            if batches is not None and next(count) >= batches:
                raise KilledError
            return run(texts)

        encoder._encode_batch = limited
        encode_intents(corpus, IntentStore(tmp_path / "intents"), encoder, tmp_path, progress=False)

    return call


def features(folder):
    data = ReviewDataset(folder)[0]
    return torch.cat([data["user"].intent, data["item"].intent])


def test_a_stopped_encoding_leaves_the_features_of_one_encoder(encode, tmp_path, capsys):
    encode(1)
    first = features(tmp_path)
    with pytest.raises(KilledError):
        encode(2, batches=1)  # the file of users is finished, that of items is not begun
    assert torch.equal(features(tmp_path), first)
    assert command.main(["status", "--folder", str(tmp_path)]) == 0
    assert "model-1" in capsys.readouterr().out.splitlines()[-1], "the features that are valid are named"
    encode(2)
    second = features(tmp_path)
    assert not torch.allclose(second, first)
    encode(1)
    assert torch.equal(features(tmp_path), first)


def test_stopped_with_other_settings_no_row_is_empty(encode, tmp_path):
    encode(1)
    first = features(tmp_path)
    with pytest.raises(KilledError):
        encode(1, batches=0, pooling="last")
    encode(1)
    assert torch.equal(features(tmp_path), first) and bool(first.ne(0).any(dim=1).all())


def test_a_changed_file_is_not_loaded(encode, tmp_path):
    encode(1)
    (file,) = (tmp_path / "features").glob("user-*.npy")
    np.save(file, np.load(file) + 1)
    with pytest.raises(ValueError, match="is missing or not as it was written"):
        ReviewDataset(tmp_path)
