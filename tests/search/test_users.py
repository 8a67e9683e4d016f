"""Fewer users to measure on."""

import torch

from irllrec_pyg.data import INTERACTS, sample_users
from irllrec_pyg.search import users
from irllrec_pyg.testing import tiny_data


def test_a_user_is_drawn_with_all_pairs():
    pairs = torch.randint(0, 50, (2, 300), generator=torch.Generator().manual_seed(0))
    chosen = sample_users(pairs, 20, seed=1)
    kept = chosen[0].unique()
    assert kept.numel() == 20
    assert torch.equal(chosen, pairs[:, torch.isin(pairs[0], kept)])
    assert torch.equal(chosen, sample_users(pairs, 20, seed=1))
    assert not torch.equal(kept, sample_users(pairs, 20, seed=2)[0].unique())


def test_few_users_stay_as_they_are(monkeypatch):
    data = tiny_data()
    assert users.with_fewer_users(data)[1] == []
    monkeypatch.setitem(users.MOST_USERS, "val_label_index", 5)
    fewer, remarks = users.with_fewer_users(data)
    assert remarks == ["The validation metrics are those of 5 users, who were drawn at random."]
    assert fewer[INTERACTS].val_label_index[0].unique().numel() == 5
    assert data[INTERACTS].val_label_index[0].unique().numel() == 24
    assert torch.equal(fewer[INTERACTS].edge_index, data[INTERACTS].edge_index)
