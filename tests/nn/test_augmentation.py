"""Dropped edges, dropped nodes, and noise."""

import pytest
import torch

from irllrec_pyg.nn import EdgeDrop, NodeDrop, UniformNoise

EDGES = torch.tensor([[0, 1, 2, 3, 3], [1, 0, 3, 2, 0]])


def test_evaluation_and_full_rates_change_nothing():
    weight = torch.rand(5)
    for module in (EdgeDrop(0.5), NodeDrop(0.5)):
        assert torch.equal(module.eval()(EDGES, weight), weight)
    for module in (EdgeDrop(1.0), NodeDrop(1.0)):
        assert torch.equal(module(EDGES, weight), weight)
    x = torch.randn(4, 3)
    assert torch.equal(UniformNoise(0.5).eval()(x), x) and torch.equal(UniformNoise(0.0)(x), x)


@pytest.mark.parametrize(("rescale", "kept"), [(False, 1.0), (True, 1.25)])
def test_edges_are_kept_at_their_rate(rescale, kept):
    edge_index, weight = torch.zeros(2, 20_000, dtype=torch.long), torch.ones(20_000)
    out = EdgeDrop(0.8, rescale)(edge_index, weight)
    assert set(out.tolist()) == {0.0, kept}
    assert (out > 0).float().mean() == pytest.approx(0.8, abs=0.01)


def test_a_dropped_node_neither_sends_nor_receives():
    weight, seen = torch.ones(5), set()
    for _ in range(200):
        out = NodeDrop(0.5)(EDGES, weight)
        gone = {node for node in range(4) if not any(out[EDGES.eq(node).any(dim=0)])}
        # An edge is there exactly if both its ends have an edge or could have had one.
        for (source, target), value in zip(EDGES.t().tolist(), out.tolist(), strict=True):
            assert value == 0.0 or not gone & {source, target}
        seen.add(tuple(out.tolist()))
        assert out[0] == out[1] and out[2] == out[3], "both directions go together"
    assert len(seen) > 4


def test_noise_has_its_length_and_keeps_every_sign():
    x = torch.randn(1000, 8)
    noisy = UniformNoise(0.3)(x)
    torch.testing.assert_close((noisy - x).norm(dim=1), torch.full((1000,), 0.3))
    assert torch.equal(noisy.sign(), x.sign())
    assert not torch.equal(UniformNoise(0.3)(x), noisy)


@pytest.mark.parametrize("module", [EdgeDrop, NodeDrop])
@pytest.mark.parametrize("rate", [0.0, -0.1, 1.1, float("nan")])
def test_rates_out_of_range(module, rate):
    with pytest.raises(ValueError, match="'keep_rate' must lie in"):
        module(rate)


def test_negative_noise():
    with pytest.raises(ValueError, match="'eps' must not be negative"):
        UniformNoise(-0.1)


def test_str():
    assert repr(EdgeDrop(0.5)) == "EdgeDrop(keep_rate=0.5, rescale=False)"
    assert repr(NodeDrop(0.5)) == "NodeDrop(keep_rate=0.5)"
    assert repr(UniformNoise(0.5)) == "UniformNoise(eps=0.5)"
