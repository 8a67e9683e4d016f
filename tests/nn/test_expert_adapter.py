"""The adapter against a plain loop over experts."""

import pytest
import torch

from irllrec_pyg.nn import ExpertAdapter


@pytest.mark.parametrize(("shared", "own"), [(2, 2), (0, 3), (1, 0)])
def test_weighted_experts(shared, own):
    adapter, x = ExpertAdapter(6, 4, shared, own), (torch.randn(5, 6), torch.randn(3, 6))
    for side, out, experts, gate in zip(
        x, adapter(*x), (adapter.user, adapter.item), (adapter.user_gate, adapter.item_gate), strict=True
    ):
        for row, mixed in zip(side, out, strict=True):
            weight = torch.softmax(gate.weight @ row + gate.bias, 0)
            outputs = [expert(row) for expert in (*adapter.shared, *experts)]
            torch.testing.assert_close(mixed, sum(w * output for w, output in zip(weight, outputs, strict=True)))


def test_sides_share_experts():
    adapter, x = ExpertAdapter(6, 4, 1, 0), torch.randn(3, 6)
    user, item = adapter(x, x)
    torch.testing.assert_close(user, item)
    user, item = ExpertAdapter(6, 4, 1, 1)(x, x)
    assert not torch.allclose(user, item)


def test_half_precision_features_and_gradients():
    adapter = ExpertAdapter(6, 4)
    sum(side.sum() for side in adapter(torch.randn(5, 6).half(), torch.randn(3, 6).half())).backward()
    assert all(parameter.grad is not None for parameter in adapter.parameters())
    assert repr(adapter) == "ExpertAdapter(6, shared=2, own=2)"


def test_reset_changes_every_parameter():
    adapter = ExpertAdapter(6, 4)
    with torch.no_grad():
        for parameter in adapter.parameters():
            parameter.fill_(9.0)
    adapter.reset_parameters()
    assert not any((parameter == 9.0).any() for parameter in adapter.parameters())


def test_half_precision_weights():
    user, item = ExpertAdapter(6, 4).bfloat16()(torch.randn(5, 6), torch.randn(3, 6).bfloat16())
    assert user.dtype == item.dtype == torch.bfloat16


def test_bad_arguments():
    with pytest.raises(ValueError, match="'in_channels' must be at least 1"):
        ExpertAdapter(0, 4)
    for counts in ((0, 0), (-1, 3)):
        with pytest.raises(ValueError, match="need at least one expert per side"):
            ExpertAdapter(6, 4, *counts)
