"""TextProjector against plain Python."""

import pytest
import torch

from irllrec_pyg.nn import TextProjector


def test_matches_plain_python():
    projector = TextProjector(4, 2, negative_slope=0.1).double()
    with torch.no_grad():
        for lin in (projector.lin1, projector.lin2):
            lin.bias.normal_()
    x = torch.randn(3, 4, dtype=torch.double)

    def linear(row, lin):
        return [sum(w * v for w, v in zip(ws, row, strict=True)) + b
                for ws, b in zip(lin.weight.tolist(), lin.bias.tolist(), strict=True)]  # fmt: skip

    expected = []
    for row in x.tolist():
        hidden = [v if v > 0 else 0.1 * v for v in linear(row, projector.lin1)]
        expected.append(linear(hidden, projector.lin2))
    torch.testing.assert_close(projector(x), torch.tensor(expected, dtype=torch.double))


def test_hidden_width_is_the_mean_as_published():
    assert TextProjector(3072, 32).lin1.out_features == 1552
    assert TextProjector(8, 2, hidden_channels=3).lin1.out_features == 3


def test_gradients_and_half_precision_features():
    projector = TextProjector(4, 2).double()
    x = torch.randn(3, 4, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(projector, (x,))
    half = x.detach().half()
    assert TextProjector(4, 2).bfloat16()(half).dtype == torch.bfloat16
    torch.testing.assert_close(projector(half), projector(half.double()))


def test_compiles_resets_and_prints():
    projector, x = TextProjector(4, 2), torch.randn(3, 4)
    torch.testing.assert_close(torch.compile(projector, fullgraph=True)(x), projector(x))
    with torch.no_grad():
        projector.lin1.bias.fill_(1.0)
    projector.reset_parameters()
    assert not projector.lin1.bias.any()
    assert str(projector) == "TextProjector(4, 2)"


@pytest.mark.parametrize("widths", [(0, 2, None), (4, 0, None), (4, 2, 0)])
def test_widths_below_one(widths):
    with pytest.raises(ValueError, match="must be at least 1"):
        TextProjector(*widths)


@pytest.mark.parametrize("name", ["in_channels", "out_channels", "hidden_channels"])
def test_widths_out_of_range_are_named(name):
    with pytest.raises(ValueError, match=f"'{name}' must be at least 1"):
        TextProjector(**{"in_channels": 4, "out_channels": 2, "hidden_channels": 3, name: 0})
