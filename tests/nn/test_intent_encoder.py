"""IntentEncoder against its parts, written out."""

import pytest
import torch

from irllrec_pyg.nn import IntentEncoder


def dense(encoder, layers, adjacency, num_users):
    """Eq. 9 to 12 with dense matrices."""
    out = []
    for x in layers[1:] if encoder.carry == "intent" else layers[:-1]:
        sides = []
        for side, rows in ((encoder.user, x[:num_users]), (encoder.item, x[num_users:])):
            sides.append((rows @ side.prototype.t()).softmax(-1) @ side.prototype)
        r = torch.cat(sides)
        unit = r / r.norm(dim=1, keepdim=True)
        alpha = adjacency * (unit @ unit.t() + 1) / 2
        mask = alpha / alpha.sum(1, keepdim=True).clamp(min=1e-8)
        out.append(mask @ (r if encoder.carry == "intent" else x))
    return sum(out) / len(out)


@pytest.mark.parametrize("carry", ["intent", "embedding"])
def test_matches_dense_matrices(graph, carry):
    encoder = IntentEncoder(4, num_prototypes=3, carry=carry).double()
    layers = [torch.randn(graph.num_nodes, 4, dtype=torch.double, requires_grad=True) for _ in range(3)]
    source, target = graph.edge_index.as_tensor()
    adjacency = torch.zeros(graph.num_nodes, graph.num_nodes, dtype=torch.double)
    adjacency[target, source] = 1.0
    expected = dense(encoder, layers, adjacency, graph.num_users)
    for form in (graph.edge_index, graph.edge_index.as_tensor()):
        out = encoder(layers, form, graph.num_users)
        torch.testing.assert_close(out, expected)
        wrt = [*encoder.parameters(), layers[1]]
        for mine, theirs in zip(
            torch.autograd.grad(out.square().sum(), wrt, retain_graph=True),
            torch.autograd.grad(expected.square().sum(), wrt, retain_graph=True),
            strict=True,
        ):
            torch.testing.assert_close(mine, theirs)


def test_sides_have_prototypes_of_their_own(graph):
    encoder = IntentEncoder(4, 3)
    x = torch.ones(graph.num_nodes, 4)
    user, item = encoder.attend(x, graph.num_users)[[0, -1]]
    assert not torch.allclose(user, item)
    encoder.reset_parameters()
    assert not torch.allclose(encoder.attend(x, graph.num_users)[0], user)


def test_bad_arguments(graph):
    with pytest.raises(ValueError, match="'carry' must be one of"):
        IntentEncoder(4, carry="both")
    with pytest.raises(ValueError, match="input layer alone"):
        IntentEncoder(4)([torch.randn(graph.num_nodes, 4)], graph.edge_index, graph.num_users)
