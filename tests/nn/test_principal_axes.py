"""PrincipalAxes against a singular value decomposition."""

import pytest
import torch

from irllrec_pyg.nn import PrincipalAxes


def test_is_the_best_linear_map():
    x = torch.randn(50, 6, generator=torch.Generator().manual_seed(0)) * torch.tensor([5.0, 4.0, 1.0, 0.5, 0.2, 0.1])
    z = PrincipalAxes(x, 2)(x + 3.0 - 3.0)
    centred = (x - x.mean(0)).double()
    u, s, _ = torch.linalg.svd(centred, full_matrices=False)
    expected = (u[:, :2] * s[:2]) / (s[:2].square().sum() / 50).sqrt()
    sign = (z.double() * expected).sum(0).sign()
    torch.testing.assert_close(z.double() * sign, expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(z.square().sum(1).mean(), torch.tensor(1.0))


def test_has_no_parameters_and_checks_its_arguments():
    layer = PrincipalAxes(torch.randn(9, 5), 3)
    assert not list(layer.parameters()) and repr(layer) == "PrincipalAxes(5, 3)"
    with pytest.raises(ValueError, match=r"'out_channels' must lie between 1 and 5 .*\(got 6\)"):
        PrincipalAxes(torch.randn(9, 5), 6)
    with pytest.raises(ValueError, match=r"'features' must be a matrix.*\(got \[9\]\)"):
        PrincipalAxes(torch.randn(9), 1)


def test_half_precision():
    x = torch.randn(9, 5)
    layer = PrincipalAxes(x, 3)
    expected = layer(x)
    out = layer.bfloat16()(x)
    assert out.dtype == torch.bfloat16
    torch.testing.assert_close(out.float(), expected, rtol=5e-2, atol=5e-2)
