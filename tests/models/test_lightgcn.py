"""LightGCN against dense matrices and the numbers of the published code."""

import numpy as np
import pytest
import torch
from conftest import shared

from irllrec_pyg import JointGraph
from irllrec_pyg.models import Batch, LightGCN


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


def test_published_numbers():
    numbers = np.load(shared("parity/lightgcn.npz"))
    read = lambda key: torch.from_numpy(numbers[key])  # noqa: E731
    graph = JointGraph.from_pairs(torch.stack([read("user"), read("item")]), 40, 30)
    model = LightGCN(40, 30, 8, num_layers=2, l2_weight=0.01)
    with torch.no_grad():
        model.embedding.copy_(torch.cat([read("param_user_embeds"), read("param_item_embeds")]))
    encoding = model.encode(graph)
    torch.testing.assert_close(encoding.user, read("user_embedding"), rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(encoding.item, read("item_embedding"), rtol=1e-4, atol=1e-6)
    terms = model.loss(encoding, Batch(*(read(f"batch_{name}") for name in Batch._fields)))
    assert float(terms["bpr"].detach()) == pytest.approx(float(numbers["term_bpr_loss"]), rel=1e-4)
    assert float(terms["l2"].detach()) == pytest.approx(float(numbers["term_reg_loss"]), rel=1e-4)
    total = sum(terms.values())
    assert float(total.detach()) == pytest.approx(float(numbers["loss"]), rel=1e-4)
    total.backward()
    expected = torch.cat([read("grad_user_embeds"), read("grad_item_embeds")])
    torch.testing.assert_close(model.embedding.grad, expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))


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
