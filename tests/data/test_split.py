"""Splits of interactions, against plain Python."""

import math
from collections import Counter
from itertools import pairwise

import pytest
import torch

from irllrec_pyg.data import check_ratio, leave_last_out, split_by_time, split_pairs, split_per_user

NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize("ratio", [(8, 1, 1), (3, 1, 1), (1, 1), (0.5, 0.0, 0.25), (1,), (1, 9)])
@pytest.mark.parametrize("seed", range(3))
def test_each_user_is_split_by_the_ratio(ratio, seed):
    user = torch.tensor([3] * 10 + [0] * 7 + [5] + [9] * 2 + [1] * 40)[torch.randperm(60)]
    parts = split_per_user(user, ratio, seed)
    assert sorted(torch.cat(parts).tolist()) == [*range(60)] and len(parts) == len(ratio)
    counts = [Counter(user[part].tolist()) for part in parts]
    for who, total in Counter(user.tolist()).items():
        left = total - 1  # for the held-out parts
        for count, share in zip(counts[1:], ratio[1:], strict=True):
            exact = total * share / sum(ratio)
            assert min(math.floor(exact), left) <= count[who] <= min(math.floor(exact) + 1, left)
            left -= count[who]
        assert counts[0][who] >= 1
    for part in parts:
        assert part.tolist() == sorted(part.tolist())
    again, other = split_per_user(user, ratio, seed), split_per_user(user, ratio, seed + 1)
    assert all(map(torch.equal, parts, again))
    assert len(ratio) == 1 or not all(map(torch.equal, parts, other))


def test_shares_hold_on_average_for_users_with_few_interactions():
    user = torch.arange(3000).repeat_interleave(4)
    train, val, test = split_per_user(user)  # 8:1:1 by default
    assert train.numel() == pytest.approx(9600, rel=0.02)
    assert val.numel() == pytest.approx(1200, rel=0.1) and test.numel() == pytest.approx(1200, rel=0.1)


def test_a_random_split_depends_on_users_and_not_on_items():
    pairs = torch.stack([torch.arange(6).repeat_interleave(5), torch.arange(30)])
    for defaults in (split_per_user(pairs[0]), split_pairs(pairs)[0]):
        assert all(map(torch.equal, defaults, split_per_user(pairs[0], (8, 1, 1), 0)))
    parts, unknown = split_pairs(pairs, ratio=(3, 1, 1), seed=2)
    assert all(map(torch.equal, parts, split_per_user(pairs[0], (3, 1, 1), 2)))
    assert [part.numel() for part in parts] == [18, 6, 6] and unknown.numel() == 0


def latest(user, time):
    """Positions of each user's interactions, the latest first."""
    rows = {who: [row for row in range(len(user)) if user[row] == who] for who in user}
    return {who: sorted(found, key=lambda row: (time[row], row), reverse=True) for who, found in rows.items()}


def test_the_last_two_of_each_user_are_held_out():
    user, time = torch.randint(12, (60,)), torch.randint(5, (60,))
    expected = [set(), set(), set()]
    for rows in latest(user.tolist(), time.tolist()).values():
        held_out = 2 if len(rows) >= 3 else 0
        expected[0].update(rows[held_out:])
        expected[1].update(rows[1:held_out])
        expected[2].update(rows[: held_out // 2])
    for parts in (leave_last_out(user, time), split_pairs(torch.stack([user, user]), "last", time=time)[0]):
        assert [part.tolist() for part in parts] == [sorted(rows) for rows in expected]


@pytest.mark.parametrize("ratio", [(8, 1, 1), (1, 2, 1), (1, 1), (1, 999)])
def test_parts_follow_each_other_in_time(ratio):
    time = torch.randint(30, (100,))
    parts = split_by_time(time, ratio)
    ordered, start = sorted(time.tolist()), 0
    for share, part in zip(ratio, parts, strict=True):
        start += 100 * share / sum(ratio)
        expected = ordered[max(round(start), 1) - 1]  # the part goes on up to this time
        assert not part.numel() or time[part].max() <= expected
    assert sorted(torch.cat(parts).tolist()) == [*range(100)]
    for before, after in pairwise(parts):
        assert not after.numel() or time[before].max() < time[after].min()
    assert parts[0].numel() >= 1
    assert [part.numel() for part in split_by_time(torch.arange(100), (8, 1, 1))] == [80, 10, 10]
    assert [part.tolist() for part in split_by_time(torch.empty(0), ratio)] == [[]] * len(ratio)


def test_what_is_unknown_in_training_is_no_label():
    user, item = torch.tensor([[0, 0, 1, 1, 0, 2, 1, 0], [0, 1, 0, 2, 2, 0, 1, 9]])
    time = torch.arange(8.0)
    parts, unknown = split_pairs(torch.stack([user, item]), "time", (4, 2, 2), time=time)
    assert [part.tolist() for part in parts] == [[0, 1, 2, 3], [4], [6]] and unknown.tolist() == [5, 7]


@pytest.mark.parametrize("ratio", [(), (0, 1, 1), (-1, 2), (1, -1), (1, NAN), (NAN, 1), (1, INFINITY), ("8", 1)])
def test_bad_ratios(ratio):
    for check in (
        lambda: check_ratio(ratio),
        lambda: split_per_user(torch.zeros(3), ratio),
        lambda: split_by_time(torch.zeros(3), ratio),
    ):
        with pytest.raises(ValueError, match="'ratio' must start with a share above 0"):
            check()


def test_numbers_of_parts():
    check_ratio((8, 0, 1), num_parts=3)
    check_ratio((8, 1, 0))
    check_ratio((1,), num_parts=1)
    for number in (2, 4):
        with pytest.raises(ValueError, match=f"'ratio' must hold {number} shares"):
            check_ratio((8, 1, 1), num_parts=number)
