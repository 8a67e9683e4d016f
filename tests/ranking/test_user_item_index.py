"""Items of users, read at once."""

import torch

from irllrec_pyg.ranking import UserItemIndex
from tests.conftest import random_pairs


def test_lookup_matches_plain_python():
    pairs = random_pairs(20, 15, 60)
    pairs = torch.cat([pairs, pairs[:, :7]], dim=1)[:, torch.randperm(pairs.size(1) + 7)]  # in any order, some twice
    items = {user: sorted({i for u, i in pairs.t().tolist() if u == user}) for user in range(22)}
    index = UserItemIndex(pairs.to(torch.int32), 22, 15)
    for user in ([3, 3, 0], [21], [], list(range(22))):
        row, item = index.lookup(torch.tensor(user, dtype=torch.long))
        expected = [(position, i) for position, u in enumerate(user) for i in items[u]]
        assert list(zip(row.tolist(), item.tolist(), strict=True)) == expected


def test_keys_beyond_32_bits_do_not_overflow():
    pairs = torch.tensor([[99_999, 99_999], [70_000, 3]], dtype=torch.int32)
    index = UserItemIndex(pairs, 100_000, 80_000)
    assert index.lookup(torch.tensor([99_999]))[1].tolist() == [3, 70_000]
