"""The contract of text controls refuses each way to break it."""

from copy import copy

import pytest
import torch

from irllrec_pyg.data import CONTROLS, INTERACTS, mean_of_items
from irllrec_pyg.testing import check_control, tiny_data

shuffled = CONTROLS["shuffled"]


def changed(change):
    """A control that shuffles and then applies ``change`` to the result."""

    def control(data, names, seed):
        result = shuffled(data, names, seed)
        change(result, data, seed)
        return result

    return control


def set_item(value):
    return changed(lambda result, data, seed: result["item"].__setattr__("intent", value(result, data)))


def in_place(data, names, seed):
    result = shuffled(data, names, seed)
    data["item"].intent[0] += 1.0
    return result


def slightly_noisy(data, names, seed):
    result = copy(data)
    generator = torch.Generator().manual_seed(seed)
    for side in ("user", "item"):
        given = data[side].intent
        noise = 0.01 * torch.randn(given.shape, generator=generator)
        result[side].intent = torch.where(given.ne(0), given + noise, given)
    return result


def negated(data, names, seed):
    result = slightly_noisy(data, names, seed)
    result["item"].intent = -result["item"].intent
    result["user"].intent = mean_of_items(result, result["item"].intent)
    return result


def fill_empty(result, data):
    return torch.where(result["item"].intent.ne(0), result["item"].intent, 1.0)


def drop_split(result, data, seed):
    result[INTERACTS].val_label_index = result[INTERACTS].val_label_index[:, 1:]


def from_global_state(data, names, seed):
    return shuffled(data, names, int(torch.randint(1 << 30, ())))


BROKEN = {
    "returns a copy": lambda data, names, seed: data,
    "leaves the data as it is": in_place,
    "the shape is kept": set_item(lambda result, data: result["item"].intent[:, :-1]),
    "the type is kept": set_item(lambda result, data: result["item"].intent.double()),
    "values are finite": set_item(lambda result, data: result["item"].intent / 0.0),
    "nodes without text stay without": set_item(fill_empty),
    "the meaning is gone": slightly_noisy,
    r"the meaning is gone .*-[01]\.": negated,
    "keeps the splits": changed(drop_split),
    "keeps what it is not asked to replace": changed(
        lambda result, data, seed: result["user"].__setattr__("profile", -data["user"].profile)
    ),
    "the same seed gives the same result": from_global_state,
    "another seed gives another result": lambda data, names, seed: shuffled(data, names, 0),
}


@pytest.mark.parametrize("message", BROKEN)
def test_broken_control(message):
    with pytest.raises(AssertionError, match=message):
        check_control(BROKEN[message], tiny_data())


def test_data_is_left_as_it_is():
    data = tiny_data()
    data["user"].text = ["a text"] * 24
    before = data["item"].intent.clone()
    check_control(shuffled, data)
    assert torch.equal(data["item"].intent, before) and len(data["user"].text) == 24
