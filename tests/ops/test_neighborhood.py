"""The incoming edges of some nodes, against a plain Python loop."""

import pytest
import torch
from torch_geometric import EdgeIndex

from irllrec_pyg.ops import spmm
from irllrec_pyg.ops.neighborhood import incoming_edges


@pytest.mark.parametrize("order", ["col", "row"])
@pytest.mark.parametrize("nodes", [[], [3], [0, 1, 2, 3, 4], [4, 1]], ids=str)
def test_every_edge_once_and_no_other(order, nodes):
    edges = torch.tensor([[0, 1, 5, 5, 2, 0, 3], [1, 1, 1, 3, 4, 4, 0]])
    edge_index = EdgeIndex(edges, sparse_size=(6, 6)).sort_by(order).values
    part = incoming_edges(edge_index, torch.tensor(nodes, dtype=torch.long))
    source, target = part.edge_index.as_tensor()
    found = [(int(part.ids[s]), nodes[int(t)]) for s, t in zip(source, target, strict=True)]
    expected = [(s, t) for s, t in edges.t().tolist() if t in nodes]
    assert sorted(found) == sorted(expected)
    assert part.ids[part.place].tolist() == nodes and part.ids.tolist() == sorted(set(part.ids.tolist()))
    assert part.edge_index.get_sparse_size() == (part.ids.numel(), len(nodes))
    x = torch.randn(6, 3)
    torch.testing.assert_close(spmm(part.edge_index, x[part.ids]), spmm(edge_index, x)[nodes])


def test_unsorted_edges_are_refused():
    with pytest.raises(ValueError, match="'edge_index' must be a sorted EdgeIndex with a sparse size"):
        incoming_edges(EdgeIndex([[0, 1], [1, 0]], sparse_size=(2, 2)), torch.tensor([0]))
