"""Softmax losses against plain Python and dense logits."""

import math

import pytest
import torch
import torch.nn.functional as F

from irllrec_pyg.losses import (
    InBatchSoftmaxLoss,
    SoftmaxLoss,
    in_batch_softmax_loss,
    info_nce,
    info_nce_of_nodes,
    softmax_loss,
)


@pytest.fixture
def parts():
    """Users, items, and more pairs than users."""
    user = torch.randn(5, 4, dtype=torch.double, requires_grad=True)
    item = torch.randn(7, 4, dtype=torch.double, requires_grad=True)
    return user, item, torch.stack([torch.randint(5, (12,)), torch.randint(7, (12,))])


def test_softmax_in_plain_python(parts):
    user, item, pairs = parts
    total = 0.0
    for row, target in pairs.t().tolist():
        scores = [
            sum(a * b for a, b in zip(user[row].tolist(), candidate.tolist(), strict=True)) / 0.5 for candidate in item
        ]
        total -= scores[target] - math.log(sum(math.exp(score) for score in scores))
    assert float(softmax_loss(user, item, pairs, 0.5).detach()) == pytest.approx(total / 12)


@pytest.mark.parametrize("count", [1, 3, 5, 12], ids=lambda count: f"{count} pairs of 5 users")
def test_softmax_has_the_gradients_of_cross_entropy(parts, count):
    user, item, pairs = parts[0], parts[1], parts[2][:, :count]
    dense = F.cross_entropy(user[pairs[0]] @ item.t() / 0.3, pairs[1])
    ours = SoftmaxLoss(0.3)(user, item, pairs)
    torch.testing.assert_close(ours, dense)
    for mine, theirs in zip(
        torch.autograd.grad(ours, (user, item)), torch.autograd.grad(dense, (user, item)), strict=True
    ):
        torch.testing.assert_close(mine, theirs)


def test_in_batch_softmax_corrects_for_popularity(parts):
    user, item, pairs = parts
    popularity = torch.rand(7, dtype=torch.double)
    popularity /= popularity.sum()
    candidate = pairs[1].unique()
    bias = -(1 - (1 - popularity[candidate]) ** 12).log()
    logits = user[pairs[0]] @ item[candidate].t() / 0.3
    target = torch.searchsorted(candidate, pairs[1])
    torch.testing.assert_close(
        in_batch_softmax_loss(user, item, pairs, 0.3, popularity), F.cross_entropy(logits + bias, target)
    )
    torch.testing.assert_close(in_batch_softmax_loss(user, item, pairs, 0.3), F.cross_entropy(logits, target))


@pytest.mark.parametrize("users", [5, 12])
def test_candidates_are_the_items_of_some_pairs(parts, users):
    """They need not hold the positive; the correction is for the number of pairs that were drawn."""
    user, item, pairs = parts[0][torch.arange(users) % 5], parts[1], parts[2]
    popularity = torch.rand(7, dtype=torch.double)
    popularity /= popularity.sum()
    drawn = torch.randperm(12, generator=torch.Generator().manual_seed(5))[:4]
    candidate = pairs[1][drawn].unique()
    bias = -(1 - (1 - popularity) ** 4).log()
    logits = user @ item.t() / 0.3 + bias
    partition = logits[pairs[0]][:, candidate].logsumexp(dim=1)
    expected = (partition - logits[pairs[0], pairs[1]]).mean()
    torch.manual_seed(5)
    found = in_batch_softmax_loss(user, item, pairs, 0.3, popularity, num_candidates=4)
    torch.testing.assert_close(found, expected)
    for mine, theirs in zip(*(torch.autograd.grad(loss, parts[:2], retain_graph=True) for loss in (found, expected)),
                            strict=True):  # fmt: skip
        torch.testing.assert_close(mine, theirs)


def test_candidates_estimate_the_sum_over_all_items(parts):
    """With the correction, the mean of the partition over many draws is that of all items."""
    user, item, _ = parts
    popularity = torch.tensor([0.4, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05], dtype=torch.double)
    target = torch.multinomial(popularity, 4000 * 3, replacement=True)
    chosen = torch.zeros(4000, 7, dtype=torch.double).scatter_(1, target.view(4000, 3), 1.0)
    mass = (user @ item.t()).exp().detach()
    estimate = (chosen / (1 - (1 - popularity) ** 3)) @ mass.t()
    torch.testing.assert_close(estimate.mean(dim=0), mass.sum(dim=1), rtol=0.1, atol=0.0)


def test_as_many_candidates_as_pairs_are_all(parts):
    user, item, pairs = parts
    loss = InBatchSoftmaxLoss(7, 0.3, num_candidates=12)
    torch.testing.assert_close(loss(user, item, pairs), InBatchSoftmaxLoss(7, 0.3)(user, item, pairs))


def test_popularity_is_counted_in_training_and_kept(parts):
    user, item, pairs = parts
    loss = InBatchSoftmaxLoss(7, 0.3)
    first = loss(user, item, pairs)
    assert torch.equal(loss.count, torch.bincount(pairs[1], minlength=7))
    loss.eval()(user, item, pairs)
    assert int(loss.count.sum()) == 12
    seen = loss.count.clamp(min=1).double()
    torch.testing.assert_close(first, in_batch_softmax_loss(user, item, pairs, 0.3, seen / seen.sum()))
    plain = InBatchSoftmaxLoss(7, 0.3, correct=False)(user, item, pairs)
    torch.testing.assert_close(plain, in_batch_softmax_loss(user, item, pairs, 0.3))
    assert "count" in loss.state_dict()


def test_the_full_softmax_is_the_limit_of_a_batch_that_holds_every_item(parts):
    user, item, _ = parts
    pairs = torch.stack([torch.arange(7) % 5, torch.arange(7)])
    torch.testing.assert_close(in_batch_softmax_loss(user, item, pairs, 0.3), softmax_loss(user, item, pairs, 0.3))


def test_repeated_nodes_count_as_often_as_they_occur():
    anchor, candidate = (torch.randn(9, 4, dtype=torch.double, requires_grad=True) for _ in range(2))
    ids = torch.randint(9, (20,)), torch.randint(9, (20,))
    ours = info_nce_of_nodes(anchor, candidate, ids, 0.4)
    repeated = info_nce(anchor[ids[0]], candidate[ids[1]], temperature=0.4)
    torch.testing.assert_close(ours, repeated)
    for mine, theirs in zip(
        torch.autograd.grad(ours, (anchor, candidate)), torch.autograd.grad(repeated, (anchor, candidate)), strict=True
    ):
        torch.testing.assert_close(mine, theirs)


def test_no_nodes():
    x = torch.randn(9, 4, requires_grad=True)
    empty = torch.empty(0, dtype=torch.long)
    value = info_nce_of_nodes(x, x, (empty, empty))
    value.backward()
    assert value == 0.0 and x.grad.abs().sum() == 0.0


def test_no_pairs(parts):
    user, item, _ = parts
    value = softmax_loss(user[:0], item, torch.empty(2, 0, dtype=torch.long))
    value.backward()
    assert value == 0.0


def test_pairs_in_int32(parts):
    user, item, pairs = parts
    torch.testing.assert_close(softmax_loss(user, item, pairs.int()), softmax_loss(user, item, pairs))
    first, second = InBatchSoftmaxLoss(7), InBatchSoftmaxLoss(7)
    torch.testing.assert_close(first(user, item, pairs.int()), second(user, item, pairs))
    assert torch.equal(first.count, second.count)


def test_bad_arguments():
    for make in (SoftmaxLoss, lambda t: InBatchSoftmaxLoss(3, t)):
        with pytest.raises(ValueError, match="'temperature' must be above 0"):
            make(0.0)
    with pytest.raises(ValueError, match="'num_items' must be at least 1"):
        InBatchSoftmaxLoss(0)
    with pytest.raises(ValueError, match="'num_candidates' must be at least 1"):
        InBatchSoftmaxLoss(3, num_candidates=0)


def test_str():
    assert repr(SoftmaxLoss()) == "SoftmaxLoss(temperature=0.1)"
    assert repr(InBatchSoftmaxLoss(3)) == "InBatchSoftmaxLoss(temperature=0.1, correct=True)"
    loss = InBatchSoftmaxLoss(3, num_candidates=2)
    assert repr(loss) == "InBatchSoftmaxLoss(temperature=0.1, correct=True, num_candidates=2)"
