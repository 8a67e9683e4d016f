"""LightGCN against dense matrices."""

import pytest
import torch

from irllrec_pyg.models import LightGCN


def test_matches_dense_propagation(graph):
    model = LightGCN(30, 20, 8, num_layers=3).eval()
    source, target = graph.edge_index.as_tensor()
    adjacency = torch.zeros(50, 50)
    adjacency[target, source] = 1.0
    inverse = adjacency.sum(1).clamp(min=1).rsqrt()
    matrix = inverse[:, None] * adjacency * inverse
    layers = [model.embedding]
    for _ in range(3):
        layers.append(matrix @ layers[-1])
    encoding = model.encode(graph)
    torch.testing.assert_close(torch.cat([encoding.user, encoding.item]), sum(layers))
    mean = LightGCN(30, 20, 8, num_layers=3, readout="mean").eval()
    mean.load_state_dict(model.state_dict())
    torch.testing.assert_close(mean.encode(graph).user, encoding.user / 4)


def test_drops_edges_in_training_only_and_without_rescaling(graph):
    model = LightGCN(30, 20, 8, num_layers=1, edge_keep_rate=0.5)
    clean = model.eval().encode(graph).layers[1]
    torch.testing.assert_close(model.encode(graph).layers[1], clean)
    model.train()
    dropped = torch.stack([model.encode(graph).layers[1] for _ in range(300)])
    assert not torch.equal(dropped[0], dropped[1])
    torch.testing.assert_close(dropped.mean(0), clean / 2, atol=0.15, rtol=0)


def test_sides_start_from_their_own_xavier_bounds():
    model = LightGCN(1000, 10, 32)
    user, item = model.embedding.detach().split([1000, 10])
    for side, rows in ((user, 1000), (item, 10)):
        bound = (6 / (rows + 32)) ** 0.5
        assert 0.9 * bound < side.abs().max() <= bound


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"num_users": 0}, "num_users"),
        ({"embedding_dim": 0}, "embedding_dim"),
        ({"num_layers": -1}, "num_layers"),
        ({"edge_keep_rate": 0.0}, "edge_keep_rate"),
        ({"edge_keep_rate": 1.5}, "edge_keep_rate"),
        ({"l2_weight": -1.0}, "l2_weight"),
        ({"readout": "max"}, "readout"),
    ],
)
def test_arguments_out_of_range(arguments, name):
    with pytest.raises(ValueError, match=f"'{name}' must"):
        LightGCN(**{"num_users": 3, "num_items": 4, **arguments})


def test_str():
    assert repr(LightGCN(3, 4)) == "LightGCN(3, 4, embedding_dim=32, num_layers=3)"
