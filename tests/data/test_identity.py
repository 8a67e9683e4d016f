"""Hashes of data objects and tensors."""

import pytest
import torch

from irllrec_pyg.data import INTERACTS, digest, fingerprint, tensor_digest
from irllrec_pyg.testing import tiny_data


@pytest.mark.parametrize("side", ["user", "item"])
@pytest.mark.parametrize("name", ["intent", "profile"])
def test_every_feature_counts(side, name):
    data, before = tiny_data(), fingerprint(tiny_data())
    data[side][name] = data[side][name].clone()
    data[side][name][3, 1] += 1e-3
    assert fingerprint(data) != before
    assert fingerprint(data, features=()) == fingerprint(tiny_data(), features=())
    other = "intent" if name == "profile" else "profile"
    assert fingerprint(data, [other]) == fingerprint(tiny_data(), [other])


def test_the_type_of_a_feature_counts():
    data, before = tiny_data(), fingerprint(tiny_data())
    data["item"].intent = data["item"].intent.double()
    assert fingerprint(data) != before


@pytest.mark.parametrize("split", ["edge_index", "val_label_index", "test_label_index"])
def test_every_split_counts_and_its_order_does_not(split):
    data, before = tiny_data(), fingerprint(tiny_data())
    pairs = data[INTERACTS][split]
    data[INTERACTS][split] = pairs[:, torch.randperm(pairs.size(1))].int()
    assert fingerprint(data) == before
    data[INTERACTS][split] = pairs[:, 1:]
    assert fingerprint(data) != before


def test_sizes_count_and_texts_do_not():
    data, before = tiny_data(), fingerprint(tiny_data())
    data["item"].text = ["a text"] * 20
    assert fingerprint(data) == before
    data["item"].num_nodes = 21
    assert fingerprint(data) != before


def test_tensors_differ_by_shape_type_and_value():
    base = torch.arange(6.0)
    assert tensor_digest(base) == tensor_digest(base.clone())
    others = [base.view(2, 3), base.double(), base.bfloat16(), -base]
    assert len({tensor_digest(tensor) for tensor in (base, *others)}) == 5
    assert tensor_digest(base.view(2, 3).t()) == tensor_digest(base.view(2, 3).t().contiguous())


def test_what_cannot_be_hashed_is_refused():
    with pytest.raises(TypeError, match="object"):
        digest({"a": object()})
