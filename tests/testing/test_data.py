"""Data objects for measurements."""

import pytest
import torch

from irllrec_pyg.testing import skewed_data


def test_skewed_interactions_are_distinct_and_many():
    data = skewed_data(300, 200, 5000)
    pairs = data["user", "interacts", "item"]
    assert pairs.edge_index.size(1) == pytest.approx(4000, rel=0.3)
    count = torch.bincount(pairs.edge_index[1], minlength=200).sort(descending=True).values
    assert count[:20].sum() > count[20:100].sum() / 2
    assert pairs.edge_index.unique(dim=1).size(1) == pairs.edge_index.size(1)
