"""Features of words."""

import math
import sys

import pytest
import torch

from irllrec_pyg.data import mean_of_items
from irllrec_pyg.text import text_features, word_features

TEXTS = ["dark quiet film", "dark film film", "bright loud music"]


def test_against_plain_python():
    x = word_features(TEXTS, width=8)
    counts = [{word: text.split().count(word) for word in text.split()} for text in TEXTS]
    rows = []
    for count in counts:
        row = {
            word: (1 + math.log(times)) * (1 + math.log(4 / (1 + sum(word in other for other in counts))))
            for word, times in count.items()
        }
        length = math.sqrt(sum(value**2 for value in row.values()))
        rows.append({word: value / length for word, value in row.items()})
    expected = [[sum(value * other.get(word, 0.0) for word, value in row.items()) for other in rows] for row in rows]
    assert x.shape == (3, 2)  # one less than there are texts
    # Two directions hold all of three texts' inner products but the smallest eigenvalue.
    values, vectors = torch.linalg.eigh(torch.tensor(expected))
    best = vectors[:, 1:] @ torch.diag(values[1:]) @ vectors[:, 1:].T
    torch.testing.assert_close(x @ x.T, best, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(word_features(TEXTS, width=8), x)


def test_bad_input(monkeypatch):
    with pytest.raises(ValueError, match=r"'width' must be at least 1 \(got 0\)"):
        word_features(TEXTS, width=0)
    with pytest.raises(ValueError, match="none of 2 'texts' contains a word other than stop words"):
        word_features(["the", "of"])
    monkeypatch.setitem(sys.modules, "sklearn.decomposition", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'irllrec-pyg\[words\]'"):
        word_features(TEXTS)


def test_of_a_data_object(data, tmp_path):
    words = ["quiet", "loud", "fast", "slow", "dark", "bright", "old", "new", "sad", "glad"]
    data["item"].text = ["", *(" ".join(words[(n * k) % 10] for k in (1, 3, 7)) for n in range(1, 20))]
    user, item = text_features(data, word_features, tmp_path)
    assert not item[0].any() and item[1:].any(dim=1).all()
    torch.testing.assert_close(user, mean_of_items(data, item))
    torch.testing.assert_close(text_features(data, word_features, tmp_path), (user, item))
    assert [file.name.split("-")[0] for file in tmp_path.iterdir()] == ["features"]
    # Users with texts of their own share the items' words, and so their space.
    data["user"].text = [data["item"].text[1 + n % 19] for n in range(30)]
    user, item = text_features(data, word_features)
    torch.testing.assert_close(user[:19], item[1:])
