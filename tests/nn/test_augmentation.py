"""Dropped edges, dropped nodes, and noise."""

import pytest
import torch
from torch_geometric import EdgeIndex

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
    weight, drawn = torch.ones(5), set()
    for _ in range(200):
        out = NodeDrop(0.5)(EDGES, weight)
        gone = {node for node in range(4) if not any(out[EDGES.eq(node).any(dim=0)])}
        # An edge is kept only if neither end is dropped.
        for (source, target), value in zip(EDGES.t().tolist(), out.tolist(), strict=True):
            assert value == 0.0 or not gone & {source, target}
        drawn.add(tuple(out.tolist()))
        assert out[0] == out[1] and out[2] == out[3], "both directions go together"
    assert len(drawn) > 4


def test_noise_has_its_length_and_keeps_every_sign():
    x = torch.randn(1000, 8)
    noisy = UniformNoise(0.3)(x)
    torch.testing.assert_close((noisy - x).norm(dim=1), torch.full((1000,), 0.3))
    assert torch.equal(noisy.sign(), x.sign())
    assert not torch.equal(UniformNoise(0.3)(x), noisy)


@pytest.mark.parametrize("module", [EdgeDrop, NodeDrop])
def test_int32_edges_draw_the_same_as_int64(module):
    outputs = []
    for edges in (EDGES, EDGES.int(), EdgeIndex(EDGES.int(), sparse_size=(4, 4))):
        torch.manual_seed(4)
        outputs.append(module(0.5)(edges, torch.ones(5)))
    assert torch.equal(outputs[0], outputs[1]) and torch.equal(outputs[0], outputs[2])
    assert 0 < outputs[0].count_nonzero() < 5


@pytest.mark.parametrize("module", [EdgeDrop, NodeDrop])
def test_a_graph_without_edges(module):
    empty = torch.empty(2, 0, dtype=torch.long)
    for edges in (empty, empty.int(), EdgeIndex(empty), EdgeIndex(empty, sparse_size=(3, 3))):
        assert module(0.5)(edges, torch.empty(0)).shape == (0,)


@pytest.mark.parametrize("module", [EdgeDrop(0.5), NodeDrop(0.5)])
def test_half_precision_weights_keep_their_type(module):
    torch.manual_seed(4)
    expected = module(EDGES, torch.ones(5))
    torch.manual_seed(4)
    out = module(EDGES, torch.ones(5, dtype=torch.bfloat16))
    assert out.dtype == torch.bfloat16 and torch.equal(out.float(), expected), "the same edges are drawn"


def test_noise_in_half_precision():
    x = torch.randn(100, 8).bfloat16()
    noisy = UniformNoise(0.3)(x)
    assert noisy.dtype == torch.bfloat16 and torch.equal(noisy.sign(), x.sign()) and not torch.equal(noisy, x)


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


@pytest.mark.parametrize("eps", [0.1, 1.0, 2.0])
def test_noise_has_the_length_that_is_asked_for(eps):
    x = torch.randn(5, 4)
    torch.testing.assert_close((UniformNoise(eps)(x) - x).norm(dim=1), torch.full((5,), eps))
