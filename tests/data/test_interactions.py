"""The data object, and what it refuses."""

import pytest
import torch

from irllrec_pyg.data import INTERACTS, make_data, statistics

TRAIN, VAL, TEST = [[0, 0, 1], [0, 1, 3]], [[0, 1], [2, 0]], [[1], [2]]


def make(train=TRAIN, val=VAL, test=TEST, **ids):
    return make_data(*map(torch.tensor, (train, val, test)), 3, 4, **ids)


def test_each_split_is_kept_as_it_is():
    data = make(item_id=["a", "b", "c", "d"])
    edges = data[INTERACTS]
    for name, pairs in (("edge_index", TRAIN), ("val_label_index", VAL), ("test_label_index", TEST)):
        assert edges[name].tolist() == pairs
    assert (data["user"].num_nodes, data["item"].num_nodes) == (3, 4)
    assert data["item"].original_id == ["a", "b", "c", "d"] and "original_id" not in data["user"]
    assert statistics(data) == {"users": 3, "items": 4, "interactions": 6, "density": 0.5}


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ({"train": [[0, 2], [0, 1]]}, "1 users have held-out items but no training item, the first is user 1"),
        ({"test": [[2], [2]]}, "1 users have held-out items but no training item, the first is user 2"),
        ({"val": [[], []]}, "the val split"),
        ({"train": [[0, 0, 1], [0, 0, 3]]}, "the train split repeats 1 interactions"),
        ({"test": [[1, 1, 1], [2, 2, 2]]}, "the test split repeats 2 interactions"),
        ({"val": [[0], [1]]}, "the train and val splits share 1 interactions"),
        ({"test": [[1], [3]]}, "the train and test splits share 1 interactions"),
        ({"test": [[0, 1], [2, 0]]}, "the val and test splits share 2 interactions"),
        ({"val": [[0], [4]]}, "item id 4, but there are 4 items"),
        ({"test": [[3], [0]]}, "user id 3, but there are 3 users"),
        ({"user_id": ["a", "b"]}, "'user_id' holds 2 ids, but there are 3 users"),
        ({"item_id": ["a", "b", "c", "a"]}, "'item_id' holds 'a' twice"),
    ],
)
def test_bad_splits(splits, message):
    with pytest.raises(ValueError, match=message):
        make(**splits)
