"""Distillation of the head of a list, against plain Python and dense logits in double precision."""

import math
import sys

import pytest
import torch

from irllrec_pyg.losses import RankingDistillation, ranking_distillation_loss
from irllrec_pyg.losses.ranking_distillation import dense_head_divergence
from irllrec_pyg.ops.share import Share, use_share


@pytest.fixture
def parts():
    """A student of 6 users and 9 items, a teacher's head of 4 items, and excluded pairs in no order."""
    user = torch.randn(6, 3, dtype=torch.double, requires_grad=True)
    item = torch.randn(9, 3, dtype=torch.double, requires_grad=True)
    exclude = torch.tensor([[5, 0, 0, 3], [1, 2, 3, 4]])
    teacher = torch.randn(6, 9, dtype=torch.double)
    teacher[exclude[0], exclude[1]] = -torch.inf
    best = teacher.softmax(dim=1).topk(4)
    return user, item, best.indices, best.values, exclude


def dense(user, item, head, prob, exclude):
    """The loss with the matrix of scores, one user after the other."""
    total = user.new_zeros(())
    for row in range(user.size(0)):
        allowed = [i for i in range(item.size(0)) if [row, i] not in exclude.t().tolist()]
        log_p = dict(zip(allowed, (item[allowed] @ user[row]).log_softmax(0), strict=True))
        for i, q in zip(head[row].tolist(), prob[row], strict=True):
            total = total + q * (q.log() - log_p[i])
        rest, q = [log_p[i].exp() for i in allowed if i not in head[row].tolist()], 1 - prob[row].sum()
        if rest and q > 1e-12:
            total = total + q * (q.log() - sum(rest).log())
    return total / user.size(0)


def test_in_plain_python(parts):
    user, item, head, prob, exclude = parts
    total = 0.0
    for row in range(6):
        score = {
            i: sum(a * b for a, b in zip(user[row].tolist(), item[i].tolist(), strict=True))
            for i in range(9)
            if [row, i] not in exclude.t().tolist()
        }
        mass = sum(math.exp(value) for value in score.values())
        q = dict(zip(head[row].tolist(), prob[row].tolist(), strict=True))
        total += sum(value * math.log(value * mass / math.exp(score[i])) for i, value in q.items())
        outside = 1 - sum(q.values())
        total += outside * math.log(outside * mass / sum(math.exp(score[i]) for i in score if i not in q))
    assert float(ranking_distillation_loss(*parts).detach()) == pytest.approx(total / 6)


@pytest.mark.parametrize("share", [1.0, 0.3], ids=["most of the mass in the head", "little"])
def test_the_dense_form(parts, share):
    user, item, head, prob, exclude = parts
    prob = share * prob
    expected = dense(user, item, head, prob, exclude)
    torch.testing.assert_close(dense_head_divergence(user, item, head, prob, exclude), expected)
    torch.testing.assert_close(ranking_distillation_loss(user, item, head, prob, exclude), expected)


@pytest.mark.parametrize("count", [2, 3, 8])
def test_the_mean_over_shares_is_the_loss_of_all_users(parts, count):
    values = []
    for index in range(count):
        with use_share(Share(index, count)):
            values.append(ranking_distillation_loss(*parts))
    torch.testing.assert_close(torch.stack(values).mean(), dense(*parts))


@pytest.mark.parametrize("tile", [1 << 20, 1], ids=["one tile", "a tile per 2 users"])
def test_gradients_are_those_of_dense_logits(parts, tile, monkeypatch):
    module = sys.modules[ranking_distillation_loss.__module__]
    monkeypatch.setattr(module, "tile_rows", lambda item: 2 if tile == 1 else 1024)
    ours, theirs = RankingDistillation()(*parts), dense(*parts)
    torch.testing.assert_close(ours, theirs)
    for found, expected in zip(
        torch.autograd.grad(ours, parts[:2]), torch.autograd.grad(theirs, parts[:2]), strict=True
    ):
        torch.testing.assert_close(found, expected)


def test_gradients_of_any_order(parts):
    user, item, *teacher = parts
    assert torch.autograd.gradcheck(lambda u, i: ranking_distillation_loss(u, i, *teacher), (user, item))
    assert torch.autograd.gradgradcheck(lambda u, i: ranking_distillation_loss(u, i, *teacher), (user, item))


def test_head_of_all_items_is_the_divergence_of_torch(parts):
    user, item, *_ = parts
    best = torch.randn(6, 9, dtype=torch.double).softmax(dim=1).sort(dim=1, descending=True)
    log_p = (user @ item.t()).log_softmax(dim=1).gather(1, best.indices)
    expected = torch.nn.functional.kl_div(log_p, best.values, reduction="batchmean")
    torch.testing.assert_close(ranking_distillation_loss(user, item, best.indices, best.values), expected)


def test_excluded_items_have_no_part(parts):
    user, item, head, prob, _ = parts
    outside = int(next(i for i in range(9) if not (head == i).any(dim=1)[0]))
    exclude = torch.tensor([list(range(6)), [outside if outside not in head[row] else -1 for row in range(6)]])
    exclude = exclude[:, exclude[1] >= 0]
    alone = user[exclude[0]].detach(), head[exclude[0]], prob[exclude[0]]
    rows = torch.stack([torch.arange(exclude.size(1)), exclude[1]])
    loss = ranking_distillation_loss(alone[0], item, *alone[1:], rows)
    assert torch.autograd.grad(loss, item)[0][outside].eq(0).all()
    moved = item.detach().index_fill(0, torch.tensor([outside]), 5.0)
    assert float(ranking_distillation_loss(alone[0], moved, *alone[1:], rows)) == pytest.approx(float(loss.detach()))


def test_nothing_left_to_recommend():
    """A user whose items are all excluded adds nothing, and one whose head is shorter has zeros in it."""
    user, item = torch.randn(2, 3, requires_grad=True), torch.randn(3, 3, requires_grad=True)
    exclude = torch.tensor([[0, 0, 0, 1], [0, 1, 2, 2]])
    head, prob = torch.tensor([[0, 1, 2], [1, 0, 2]]), torch.tensor([[0.0, 0.0, 0.0], [0.7, 0.3, 0.0]])
    prob[0, 0] = 0.0
    loss = ranking_distillation_loss(user[1:], item, head[1:], prob[1:], exclude[:, 3:] - torch.tensor([[1], [0]]))
    log_p = (item[:2] @ user[1]).log_softmax(0)
    expected = 0.7 * (math.log(0.7) - log_p[1]) + 0.3 * (math.log(0.3) - log_p[0])
    torch.testing.assert_close(loss, expected)
    full = torch.cat([torch.ones(1, 1), torch.zeros(1, 1)])  # the first user's missing probability is one
    both = ranking_distillation_loss(user, item, head, prob + full * 0, exclude)
    assert both.isfinite() and all(grad.isfinite().all() for grad in torch.autograd.grad(both, (user, item)))


def test_extreme_scores_stay_finite():
    user, item = torch.tensor([[200.0]], requires_grad=True), torch.tensor([[1.0], [0.0], [-1.0]], requires_grad=True)
    loss = ranking_distillation_loss(user, item, torch.tensor([[0]]), torch.tensor([[0.5]]))
    assert loss.isfinite() and all(grad.isfinite().all() for grad in torch.autograd.grad(loss, (user, item)))


def test_half_precision_and_no_rows(parts):
    user, item, head, prob, exclude = parts
    half = ranking_distillation_loss(user.bfloat16(), item.bfloat16(), head, prob, exclude)
    assert half.dtype == torch.float32
    torch.testing.assert_close(half.double(), dense(*parts), rtol=0.05, atol=0.02)
    assert float(ranking_distillation_loss(user[:0], item, head[:0], prob[:0]).detach()) == 0.0


@pytest.mark.parametrize(
    ("user", "head", "message"),
    [
        ((6, 2), (6, 4), r"'user' and 'item' must be matrices of one width \(got \[6, 2\] and \[9, 3\]\)"),
        ((3,), (6, 4), r"one width \(got \[3\] and"),
        ((6, 3), (5, 4), "'head' and 'prob' must both have one row for each of the 6 users"),
        ((6, 3), (6, 3), r"\(got \[6, 3\] and \[6, 4\]\)"),
    ],
)
def test_errors(parts, user, head, message):
    with pytest.raises(ValueError, match=message):
        ranking_distillation_loss(torch.ones(user), parts[1], torch.zeros(head, dtype=torch.long), parts[3][: head[0]])


def test_items_that_are_no_matrix_are_named(parts):
    with pytest.raises(ValueError, match=r"must be matrices of one width \(got \[6, 3\] and \[9\]\)"):
        ranking_distillation_loss(parts[0], parts[1][:, 0], *parts[2:4])
