"""Negatives and batches."""

import pytest
import torch

from irllrec_pyg.training import TripletSampler
from tests.conftest import random_pairs


def test_every_interaction_once_and_never_a_positive_as_negative():
    pairs = random_pairs(40, 12, 200)
    taken = set(zip(*pairs.tolist(), strict=True))
    sampler = TripletSampler(pairs, 12, batch_size=64, seed=3)
    batches = list(sampler.epoch(5))
    assert len(batches) == len(sampler)
    assert [len(batch.user) for batch in batches[:-1]] == [64] * (len(batches) - 1)
    user, positive, negative = (torch.cat(column).tolist() for column in zip(*batches, strict=True))
    assert sorted(zip(user, positive, strict=True)) == sorted(taken)
    assert not taken & set(zip(user, negative, strict=True))


def test_negatives_are_uniform_over_what_is_left():
    pairs = torch.tensor([[0, 0, 0], [1, 4, 5]])
    sampler = TripletSampler(pairs, 8)
    negative = sampler.negatives(torch.zeros(20_000, dtype=torch.long), torch.Generator().manual_seed(0))
    share = torch.bincount(negative, minlength=8) / 20_000
    left = torch.tensor([1, 0, 1, 1, 0, 0, 1, 1]) / 5
    torch.testing.assert_close(share, left, atol=0.015, rtol=0)


def test_an_epoch_depends_on_seed_and_number_alone():
    pairs = random_pairs(40, 12, 200)

    def epoch(seed, number):
        return torch.stack([torch.cat(c) for c in zip(*TripletSampler(pairs, 12, 64, seed).epoch(number), strict=True)])

    expected = epoch(1, 7)
    torch.rand(5)
    assert torch.equal(epoch(1, 7), expected)
    assert not torch.equal(epoch(1, 8), expected) and not torch.equal(epoch(2, 7), expected)


def test_bad_input():
    with pytest.raises(ValueError, match="'pairs' is empty"):
        TripletSampler(torch.empty(2, 0, dtype=torch.long), 3)
    with pytest.raises(ValueError, match="'pairs' holds the item id 5, but there are 3 items"):
        TripletSampler(torch.tensor([[0], [5]]), 3)
    with pytest.raises(ValueError, match="'pairs' holds the user id -1"):
        TripletSampler(torch.tensor([[0, -1], [1, 1]]), 3)
    with pytest.raises(ValueError, match="'batch_size' must be at least 1"):
        TripletSampler(torch.tensor([[0], [1]]), 3, batch_size=0)
    with pytest.raises(ValueError, match="user 1 has taken all 2 items"):
        TripletSampler(torch.tensor([[0, 1, 1], [1, 0, 1]]), 2)


@pytest.mark.parametrize("dtype", [torch.int32, torch.int16])
def test_ids_of_any_integer_type(dtype):
    pairs = random_pairs(40, 12, 200)
    expected, batches = (TripletSampler(p, 12, 64, seed=3).epoch(1) for p in (pairs, pairs.to(dtype)))
    for first, second in zip(expected, batches, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_keys_beyond_32_bits_do_not_overflow():
    """User 70,000 takes every second of 70,000 items, so that their keys exceed 32 bits."""
    item = torch.arange(0, 70_000, 2, dtype=torch.int32)
    pairs = torch.stack([torch.full_like(item, 70_000), item])
    batch = next(iter(TripletSampler(pairs, 70_000, batch_size=item.numel()).epoch(1)))
    assert batch.negative.remainder(2).eq(1).all() and batch.user.dtype == torch.long


def test_batches_hold_complete_users():
    pairs = random_pairs(40, 12, 200)
    sampler = TripletSampler(pairs, 12, batch_size=16, seed=3, by_user=True)
    user, positive, _ = (torch.cat(column) for column in zip(*sampler.epoch(0), strict=True))
    assert sorted(zip(user.tolist(), positive.tolist(), strict=True)) == sorted(zip(*pairs.tolist(), strict=True))
    changes = int((user[1:] != user[:-1]).sum())
    assert changes == 39, "the interactions of a user stay together"
    assert user.unique_consecutive().tolist() != sorted(set(user.tolist())), "users come in a random order"
