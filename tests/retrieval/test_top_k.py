"""Recommending."""

import pytest
import torch

from irllrec_pyg.models import Encoding
from irllrec_pyg.ranking import recommend


def test_checkerboard_s_held_out_item_comes_first():
    """Even users take even items, odd users odd ones; what a user did not take of their colour must come first."""
    colour = torch.stack([torch.arange(8) % 2 == 0, torch.arange(8) % 2 == 1], dim=1).float()
    encoding = Encoding(colour, colour, [])
    taken = torch.tensor([[u, i] for u in range(8) for i in range(8) if (u - i) % 2 == 0 and i != (u + 2) % 8]).t()
    items, scores = recommend(encoding, torch.tensor([3, 0, 7]), k=1, exclude=taken)
    assert items.flatten().tolist() == [5, 2, 1] and scores.flatten().tolist() == [1.0, 1.0, 1.0]


def test_order_and_what_is_left():
    encoding = Encoding(torch.ones(2, 1), torch.tensor([[1.0], [3.0], [2.0]]), [])
    items, scores = recommend(encoding, torch.tensor([1]), k=3, exclude=torch.tensor([[1, 0], [1, 0]]))
    assert items.tolist() == [[2, 0, 1]] and scores.tolist() == [[2.0, 1.0, -torch.inf]]
    assert recommend(encoding, torch.tensor([0, 1]), k=2)[0].tolist() == [[1, 2]] * 2


def test_bad_input():
    encoding = Encoding(torch.ones(2, 1), torch.ones(3, 1), [])
    with pytest.raises(ValueError, match="'user' holds an id outside 0 ... 1"):
        recommend(encoding, torch.tensor([2]), 1)
    with pytest.raises(ValueError, match="'k' must lie between 1 and the number of items, 3"):
        recommend(encoding, torch.tensor([0]), 4)
