"""LightConv is PyG's LGConv with a fused path."""

import pytest
import torch
from torch_geometric import EdgeIndex
from torch_geometric.nn import LGConv

from irllrec_pyg.nn import LightConv
from irllrec_pyg.testing import check_conv


def test_contract():
    check_conv(LightConv(normalize=False), lambda n: (torch.randn(n, 8),), bipartite=False)


@pytest.mark.parametrize("normalize", [True, False])
def test_agrees_with_pyg_on_a_joint_graph(graph, normalize):
    x = torch.randn(graph.num_nodes, 4)
    plain = graph.edge_index.as_tensor()
    expected = LGConv(normalize)(x, plain, None if normalize else graph.edge_weight)
    ours = LightConv(normalize)(x, graph.edge_index, None if normalize else graph.edge_weight)
    torch.testing.assert_close(ours, expected)


def test_gradients_in_features_and_weights():
    edges = torch.tensor([[0, 2, 1, 2], [1, 1, 0, 3]])
    edge_index = EdgeIndex(edges, sparse_size=(4, 4)).sort_by("col").values
    x = torch.randn(4, 3, dtype=torch.double, requires_grad=True)
    weight = torch.rand(4, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, w: LightConv(normalize=False)(x, edge_index, w), (x, weight))


def test_compiles_as_one_graph():
    x, edges = torch.randn(4, 3), torch.tensor([[0, 2, 1, 2], [1, 1, 0, 3]])
    conv = LightConv()
    torch.testing.assert_close(torch.compile(conv, fullgraph=True)(x, edges), conv(x, edges))


def test_str():
    assert str(LightConv()) == "LightConv()"
