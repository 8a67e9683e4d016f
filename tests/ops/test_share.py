"""Losses of shares against the loss over all rows."""

import pytest
import torch

from irllrec_pyg.ops import (
    tiled,
    tiled_cross_entropy,
    tiled_kl_divergence,
    tiled_logsumexp,
    two_sided_cross_entropy,
    two_sided_kl_divergence,
)
from irllrec_pyg.ops.share import Share, current_share, mean_of_share, use_share

LOSSES = {
    "mean": lambda a, c: mean_of_share(lambda rows: rows.square().sum(1).mean(), a) + c.sum(),
    "cross entropy": lambda a, c: tiled_cross_entropy(a, c, torch.tensor([1, 6, 0, 2, 2])),
    "logsumexp": lambda a, c: tiled_logsumexp(a, c, torch.linspace(0, 1, 5, dtype=torch.double)),
    "divergence": lambda a, c: tiled_kl_divergence((a, c), (a.cos(), c.cos())),
}


TWO_SIDED = {
    "cross entropy": lambda a, c: two_sided_cross_entropy(a, c[:5]),
    "divergence": lambda a, c: two_sided_kl_divergence((a, c), (a.cos(), c.cos())),
}


def over_shares(loss, a, c, count):
    """The mean over shares."""
    parts = []
    for index in range(count):
        with use_share(Share(index, count)):
            parts.append(loss(a, c))
    return torch.stack(parts).mean()


def assert_same(ours, whole, inputs):
    torch.testing.assert_close(ours, whole)
    for mine, theirs in zip(*(torch.autograd.grad(loss, inputs) for loss in (ours, whole)), strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.fixture
def rows():
    return [torch.randn(size, 3, dtype=torch.double, requires_grad=True) for size in (5, 7)]


@pytest.mark.parametrize("count", [2, 3, 8], ids=lambda count: f"{count} shares")
@pytest.mark.parametrize("name", LOSSES)
def test_the_mean_over_shares_is_the_loss_over_all_rows(name, count, rows):
    """Eight shares of five rows: some have none."""
    assert_same(over_shares(LOSSES[name], *rows, count), LOSSES[name](*rows), rows)


@pytest.mark.parametrize("elements", [1 << 23, 14], ids=["one tile", "many tiles"])
@pytest.mark.parametrize("count", [2, 3], ids=lambda count: f"{count} shares")
@pytest.mark.parametrize("name", TWO_SIDED)
def test_shares_that_exchange_sums(name, count, elements, rows, monkeypatch):
    """The shares run one after the other, again and again: in each round one more of the sums over them is known."""
    monkeypatch.setattr(tiled, "_TILE_ELEMENTS", elements)
    known, given = [], {}

    def exchange(share, tensor):
        calls = given.setdefault(share.index, [])
        calls.append(tensor.clone())
        return tensor.copy_(known[len(calls) - 1]) if share.count > 1 and len(calls) <= len(known) else tensor

    monkeypatch.setattr(Share, "sum", exchange)
    for _ in range(4):
        given.clear()
        ours = over_shares(TWO_SIDED[name], *rows, count)
        known = [sum(tensors) for tensors in zip(*given.values(), strict=True)]
    assert_same(ours, TWO_SIDED[name](*rows), rows)


@pytest.mark.parametrize("total", [0, 1, 5, 12])
def test_shares_have_each_row_once(total):
    rows = [row for index in range(4) for row in range(total)[Share(index, 4).rows(total)]]
    assert rows == [*range(total)]
    factors = [Share(index, 4).factor(total) for index in range(4)]
    assert sum(factors) == pytest.approx(4.0), "the mean of the factors is one"


def test_a_share_ends_with_its_block_even_after_an_error():
    with pytest.raises(RuntimeError), use_share(Share(1, 2)):
        raise RuntimeError
    assert current_share() == Share()
