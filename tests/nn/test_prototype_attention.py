"""PrototypeAttention against plain Python."""

import math

import pytest
import torch

from irllrec_pyg.nn import PrototypeAttention


def test_matches_plain_python():
    attention = PrototypeAttention(3, num_prototypes=4).double()
    x = torch.randn(5, 3, dtype=torch.double)
    prototypes = attention.prototype.tolist()
    expected = []
    for row in x.tolist():
        weights = [math.exp(sum(a * b for a, b in zip(row, c, strict=True))) for c in prototypes]
        mix = [w / sum(weights) for w in weights]
        expected.append([sum(m * c[d] for m, c in zip(mix, prototypes, strict=True)) for d in range(3)])
    torch.testing.assert_close(attention(x), torch.tensor(expected, dtype=torch.double))
    torch.testing.assert_close(attention.assign(x).sum(-1), torch.ones(5, dtype=torch.double))


def test_gradients():
    attention = PrototypeAttention(3, 4).double()
    x = torch.randn(5, 3, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda x, c: torch.func.functional_call(attention, {"prototype": c}, x), (x, attention.prototype)
    )


def test_a_single_prototype_is_the_intent_of_every_node():
    attention = PrototypeAttention(3, 1)
    torch.testing.assert_close(attention(torch.randn(2, 3)), attention.prototype.expand(2, 3))


def test_compiles_and_takes_any_leading_shape():
    attention, x = PrototypeAttention(3, 4), torch.randn(2, 5, 3)
    torch.testing.assert_close(torch.compile(attention, fullgraph=True)(x), attention(x))
    assert attention(torch.empty(0, 3)).shape == (0, 3)


def test_half_precision():
    attention, x = PrototypeAttention(3, 4), torch.randn(5, 3)
    expected = attention(x)
    out = attention.bfloat16()(x.bfloat16())
    out.float().sum().backward()
    assert out.dtype == attention.prototype.grad.dtype == torch.bfloat16
    torch.testing.assert_close(out.float(), expected, rtol=3e-2, atol=3e-2)


def test_reset_and_str():
    attention = PrototypeAttention(3, 4)
    before = attention.prototype.detach().clone()
    attention.reset_parameters()
    assert not torch.equal(before, attention.prototype)
    assert str(attention) == "PrototypeAttention(3, num_prototypes=4)"


@pytest.mark.parametrize("sizes", [(3, 0), (0, 4), (3, -1)])
def test_sizes_below_one(sizes):
    with pytest.raises(ValueError, match="must be at least 1"):
        PrototypeAttention(*sizes)
