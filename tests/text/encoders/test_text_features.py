"""Kept features are found again for the same texts and encoder, and for no others."""

import torch

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.testing import tiny_data
from irllrec_pyg.text import text_features


class Short:
    @staticmethod
    def encode(texts):
        return torch.tensor([[float(len(text)), 1.0] for text in texts])


class Long:
    @staticmethod
    def encode(texts):
        return torch.tensor([[float(text.count("a")), 2.0] for text in texts])


def titled(suffix=""):
    data = tiny_data()
    data["item"].text = [f"title {'a' * (item + 1)}{suffix}" for item in range(20)]
    return data


def test_two_functions_of_one_name_share_no_file(tmp_path):
    first = text_features(titled(), Short.encode, tmp_path)[1]
    second = text_features(titled(), Long.encode, tmp_path)[1]
    assert torch.equal(first, Short.encode(titled()["item"].text)) and not torch.equal(first, second)
    assert len([*tmp_path.iterdir()]) == 2
    text_features(titled(), Short.encode, tmp_path)
    assert len([*tmp_path.iterdir()]) == 2, "the same texts and encoder are found again"


def test_changed_texts_are_encoded_again(tmp_path):
    text_features(titled(), Short.encode, tmp_path)
    changed = text_features(titled(" changed"), Short.encode, tmp_path)[1]
    assert torch.equal(changed, Short.encode(titled(" changed")["item"].text))


def test_texts_of_users_and_the_split_count(tmp_path):
    data = titled()
    means = text_features(data, Short.encode, tmp_path)[0]
    data[INTERACTS].edge_index, data[INTERACTS].val_label_index = (
        torch.cat([data[INTERACTS].edge_index, data[INTERACTS].val_label_index[:, ::2]], dim=1),
        data[INTERACTS].val_label_index[:, 1::2],
    )
    assert not torch.equal(text_features(data, Short.encode, tmp_path)[0], means)
    data["user"].text = ["someone"] * 24
    assert torch.equal(text_features(data, Short.encode, tmp_path)[0], Short.encode(data["user"].text))
