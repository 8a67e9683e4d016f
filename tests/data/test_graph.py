"""The joint graph."""

from dataclasses import FrozenInstanceError

import pytest
import torch

from irllrec_pyg.data import JointGraph


def test_is_symmetric_sorted_and_normalised():
    pairs = torch.tensor([[1, 0, 1, 1], [0, 2, 1, 0]])  # one pair twice
    graph = JointGraph.from_pairs(pairs, 2, 3)
    edges = set(zip(*graph.edge_index.tolist(), strict=True))
    assert edges == {(1, 2), (2, 1), (0, 4), (4, 0), (1, 3), (3, 1)}
    assert graph.edge_index.is_sorted_by_col and graph.edge_index.is_undirected
    degree = {0: 1, 1: 2, 2: 1, 3: 1, 4: 1}
    for (source, target), weight in zip(zip(*graph.edge_index.tolist(), strict=True), graph.edge_weight, strict=True):
        assert float(weight) == pytest.approx((degree[source] * degree[target]) ** -0.5)
    assert graph.num_nodes == 5 and repr(graph) == "JointGraph(users=2, items=3, edges=6)"


def test_from_data_uses_training_interactions_only(data):
    graph = JointGraph.from_data(data)
    assert graph.edge_weight.numel() == 2 * data["user", "interacts", "item"].edge_index.size(1)
    assert graph.to("cpu") is graph
    with pytest.raises(FrozenInstanceError):
        graph.num_users = 3


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([[0, 2], [0, 0]], "user id 2, but there are 2 users"),
        ([[0], [3]], "item id 3, but there are 3 items"),
        ([[-1], [0]], "user id -1"),
        ([[0]], r"must hold integers of the shape \[2, E\]"),
        ([[0], [0], [0]], r"must hold integers of the shape \[2, E\]"),
        ([0, 1], r"must hold integers of the shape \[2, E\]"),
    ],
)
def test_bad_pairs(pairs, message):
    with pytest.raises(ValueError, match=message):
        JointGraph.from_pairs(torch.tensor(pairs), 2, 3)
