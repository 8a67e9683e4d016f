"""Losses of shares against the loss over all rows."""

import pytest
import torch

from irllrec_pyg.ops import tiled_cross_entropy, tiled_kl_divergence, tiled_logsumexp
from irllrec_pyg.ops.share import Share, current_share, mean_of_share, use_share

LOSSES = {
    "mean": lambda a, c: mean_of_share(lambda rows: rows.square().sum(1).mean(), a) + c.sum(),
    "cross entropy": lambda a, c: tiled_cross_entropy(a, c, torch.tensor([1, 6, 0, 2, 2])),
    "logsumexp": lambda a, c: tiled_logsumexp(a, c, torch.linspace(0, 1, 5, dtype=torch.double)),
    "divergence": lambda a, c: tiled_kl_divergence((a, c), (a.cos(), c.cos())),
}


@pytest.mark.parametrize("count", [2, 3, 8], ids=lambda count: f"{count} shares")
@pytest.mark.parametrize("name", LOSSES)
def test_the_mean_over_shares_is_the_loss_over_all_rows(name, count):
    """Eight shares of five rows: some have none."""
    a = torch.randn(5, 3, dtype=torch.double, requires_grad=True)
    c = torch.randn(7, 3, dtype=torch.double, requires_grad=True)
    parts = []
    for index in range(count):
        with use_share(Share(index, count)):
            parts.append(LOSSES[name](a, c))
    ours, whole = torch.stack(parts).mean(), LOSSES[name](a, c)
    torch.testing.assert_close(ours, whole)
    for mine, theirs in zip(*(torch.autograd.grad(loss, (a, c)) for loss in (ours, whole)), strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("total", [0, 1, 5, 12])
def test_shares_have_each_row_once(total):
    rows = [row for index in range(4) for row in range(total)[Share(index, 4).rows(total)]]
    assert rows == [*range(total)]


def test_a_share_ends_with_its_block_even_after_an_error():
    with pytest.raises(RuntimeError), use_share(Share(1, 2)):
        raise RuntimeError
    assert current_share() == Share()
