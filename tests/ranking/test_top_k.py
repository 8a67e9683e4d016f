"""The best items for some users."""

import sys

import pytest
import torch

from irllrec_pyg.ranking import EmbeddingRanker, UserItemIndex, device_of, score_tiles, top_k
from tests.conftest import random_pairs


def test_checkerboard_s_held_out_item_comes_first():
    """Even users take even items, odd users odd ones. The one item of their kind that they did not take comes first."""
    kind = torch.stack([torch.arange(8) % 2 == 0, torch.arange(8) % 2 == 1], dim=1).float()
    taken = torch.tensor([[u, i] for u in range(8) for i in range(8) if (u - i) % 2 == 0 and i != (u + 2) % 8]).t()
    items, scores = top_k(EmbeddingRanker(kind, kind), torch.tensor([3, 0, 7]), k=1, exclude=taken)
    assert items.flatten().tolist() == [5, 2, 1] and scores.flatten().tolist() == [1.0, 1.0, 1.0]


def test_order_and_what_is_left():
    ranker = EmbeddingRanker(torch.ones(2, 1), torch.tensor([[1.0], [3.0], [2.0]]))
    items, scores = top_k(ranker, torch.tensor([1]), k=3, exclude=torch.tensor([[1, 0], [1, 0]]))
    assert items.tolist() == [[2, 0, 3]] and scores.tolist() == [[2.0, 1.0, -torch.inf]]
    assert top_k(ranker, torch.tensor([0, 1]), k=2)[0].tolist() == [[1, 2]] * 2
    assert top_k(ranker, torch.tensor([], dtype=torch.long), k=2)[0].shape == (0, 2)


@pytest.mark.parametrize("user", [[1, 0], torch.tensor([1, 0], dtype=torch.int32), torch.tensor([1, 0])])
def test_users_in_any_form(user):
    ranker = EmbeddingRanker(torch.tensor([[1.0], [-1.0]]), torch.tensor([[1.0], [3.0], [2.0]]))
    assert top_k(ranker, user, k=1)[0].tolist() == [[0], [1]]


@pytest.mark.parametrize("tile", [1 << 18, 7])
def test_tiles_cover_all_users_in_order(tile, monkeypatch):
    monkeypatch.setattr(sys.modules[top_k.__module__], "_TILE_ELEMENTS", tile)
    ranker, user = EmbeddingRanker(torch.randn(10, 3), torch.randn(5, 3)), torch.tensor([4, 4, 9, 0, 7])
    excluded = UserItemIndex(random_pairs(10, 5, 10), 10, 5)
    expected = ranker.score(user)
    for row, number in enumerate(user.tolist()):
        expected[row, excluded.lookup(torch.tensor([number]))[1]] = -torch.inf
    tiles = list(score_tiles(ranker, user, excluded))
    assert torch.equal(torch.cat([rows for rows, _ in tiles]), torch.arange(5))
    assert torch.equal(torch.cat([scores for _, scores in tiles]), expected)


@pytest.mark.parametrize(
    ("user", "k", "exclude", "message"),
    [
        ([2], 1, None, "'user' holds the user id 2, but there are 2 users"),
        ([-1], 1, None, "'user' holds the user id -1"),
        ([0.5], 1, None, "'user' must be a vector of ids"),
        ([[0]], 1, None, r"'user' must be a vector of ids \(got torch.int64 of shape \[1, 1\]\)"),
        ([True], 1, None, "'user' must be a vector of ids"),
        ([0], 4, None, "'k' must lie between 1 and the number of items, 3"),
        ([0], 1, [[0], [-1]], "'exclude' holds the item id -1, but there are 3 items"),
        ([0], 1, [[0], [3]], "'exclude' holds the item id 3"),
        ([0], 1, [[5], [0]], "'exclude' holds the user id 5"),
    ],
)
def test_bad_input(user, k, exclude, message):
    with pytest.raises(ValueError, match=message):
        top_k(EmbeddingRanker(torch.ones(2, 1), torch.ones(3, 1)), user, k, exclude)


def test_the_device_of_a_ranker_is_that_of_its_tensors():
    meta = torch.device("meta")
    assert device_of(EmbeddingRanker(torch.eye(2), torch.eye(2)).to(meta)) == meta
    assert device_of(torch.nn.ParameterList([torch.empty(1, device=meta)])) == meta
    assert device_of(torch.nn.Identity()) == torch.device("cpu")
