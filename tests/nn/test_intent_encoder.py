"""IntentEncoder against its parts, written out."""

import itertools

import pytest
import torch

from irllrec_pyg.nn import MESSAGES, IntentEncoder, PrototypeAttention


def dense(encoder, layers, adjacency, num_users):
    """Eq. 9 to 12 with dense matrices."""
    out = []
    for before, after in itertools.pairwise(layers):
        x = after if encoder.message == "intent" else before
        messages = after if encoder.message == "next" else before
        sides = []
        for side, rows in ((encoder.user, x[:num_users]), (encoder.item, x[num_users:])):
            sides.append((rows @ side.prototype.t()).softmax(-1) @ side.prototype)
        r = torch.cat(sides)
        unit = r / r.norm(dim=1, keepdim=True)
        alpha = adjacency * (unit @ unit.t() + 1) / 2
        mask = alpha / alpha.sum(1, keepdim=True).clamp(min=1e-8)
        out.append(mask @ (r if encoder.message == "intent" else messages))
    return sum(out) / len(out)


@pytest.mark.parametrize("message", MESSAGES)
def test_matches_dense_matrices(graph, message):
    encoder = IntentEncoder(4, num_prototypes=3, message=message).double()
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


def test_each_side_has_its_own_prototypes(graph):
    encoder = IntentEncoder(4, 3)
    x = torch.ones(graph.num_nodes, 4)
    user, item = encoder.attend(x, graph.num_users)[[0, -1]]
    assert not torch.allclose(user, item)
    encoder.reset_parameters()
    assert not torch.allclose(encoder.attend(x, graph.num_users)[0], user)


def test_bad_arguments(graph):
    with pytest.raises(ValueError, match="'message' must be one of"):
        IntentEncoder(4, message="both")
    with pytest.raises(ValueError, match=r"at least one more \(got 1\)"):
        IntentEncoder(4)([torch.randn(graph.num_nodes, 4)], graph.edge_index, graph.num_users)


def test_prototypes_of_another_module_are_used_but_not_owned(graph):
    attention = PrototypeAttention(4, 3), PrototypeAttention(4, 3)
    encoder = IntentEncoder(4, attention=attention)
    assert not list(encoder.parameters())
    x = torch.randn(graph.num_nodes, 4)
    expected = torch.cat([attention[0](x[: graph.num_users]), attention[1](x[graph.num_users :])])
    torch.testing.assert_close(encoder.attend(x, graph.num_users), expected)
    before = attention[0].prototype.detach().clone()
    encoder.reset_parameters()
    assert torch.equal(attention[0].prototype, before)


@pytest.mark.parametrize("message", MESSAGES)
def test_half_precision(graph, message):
    encoder = IntentEncoder(4, 3, message=message)
    layers = [torch.randn(graph.num_nodes, 4) for _ in range(3)]
    expected = encoder(layers, graph.edge_index, graph.num_users)
    half = [layer.bfloat16().requires_grad_() for layer in layers]
    out = encoder.bfloat16()(half, graph.edge_index, graph.num_users)
    assert out.dtype == torch.bfloat16
    torch.testing.assert_close(out.float(), expected, rtol=5e-2, atol=5e-2)
    out.float().sum().backward()
    assert encoder.user.prototype.grad.isfinite().all()


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("nodes", [[], [0], [2, 29, 30, 49], [31, 40]], ids=str)
def test_some_nodes_have_the_values_and_gradients_of_all(graph, message, nodes):
    encoder = IntentEncoder(4, num_prototypes=3, message=message).double()
    layers = [torch.randn(graph.num_nodes, 4, dtype=torch.double, requires_grad=True) for _ in range(3)]
    ids = torch.tensor(nodes, dtype=torch.long)
    expected = encoder(layers, graph.edge_index, graph.num_users)[ids]
    found = encoder(layers, graph.edge_index, graph.num_users, ids)
    torch.testing.assert_close(found, expected)
    if nodes:
        wrt = [*encoder.parameters(), *layers]
        mine, theirs = (
            torch.autograd.grad(out.square().sum(), wrt, allow_unused=True, materialize_grads=True)
            for out in (found, expected)
        )
        torch.testing.assert_close(mine, theirs)


def test_two_layers_are_enough(graph):
    encoder, layers = IntentEncoder(4, 3), [torch.randn(graph.num_nodes, 4) for _ in range(2)]
    assert encoder(layers, graph.edge_index, graph.num_users).shape == (graph.num_nodes, 4)
    with pytest.raises(ValueError, match=r"at least one more \(got 1\)"):
        encoder(layers[:1], graph.edge_index, graph.num_users)
