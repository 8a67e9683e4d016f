"""Tiled losses against their dense forms, with tiles small enough to be many."""

import pytest
import torch
import torch.nn.functional as F

from irllrec_pyg.ops import tiled, tiled_cross_entropy, tiled_kl_divergence, tiled_logsumexp


@pytest.fixture(params=[1 << 23, 40], ids=["one tile", "many tiles"])
def tile(request, monkeypatch):
    monkeypatch.setattr(tiled, "_TILE_ELEMENTS", request.param)


def gradients(value, *inputs):
    return torch.autograd.grad(value, inputs)


@pytest.mark.usefixtures("tile")
def test_cross_entropy():
    a = torch.randn(50, 4, dtype=torch.double, requires_grad=True)
    c = torch.randn(17, 4, dtype=torch.double, requires_grad=True)
    target = torch.randint(17, (50,))
    ours, dense = tiled_cross_entropy(a, c, target), F.cross_entropy(a @ c.t(), target)
    torch.testing.assert_close(ours, dense)
    for mine, theirs in zip(gradients(3 * ours, a, c), gradients(3 * dense, a, c), strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.usefixtures("tile")
def test_weighted_cross_entropy_counts_a_row_as_often_as_it_weighs():
    a = torch.randn(40, 4, dtype=torch.double, requires_grad=True)
    c = torch.randn(17, 4, dtype=torch.double, requires_grad=True)
    target, count = torch.randint(17, (40,)), torch.randint(1, 4, (40,))
    ours = tiled_cross_entropy(a, c, target, count)
    repeated = F.cross_entropy((a @ c.t()).repeat_interleave(count, 0), target.repeat_interleave(count))
    torch.testing.assert_close(ours, repeated)
    for mine, theirs in zip(gradients(3 * ours, a, c), gradients(3 * repeated, a, c), strict=True):
        torch.testing.assert_close(mine, theirs)


def test_logsumexp_gradcheck_and_large_logits():
    a, c = (torch.randn(5, 3, dtype=torch.double, requires_grad=True) for _ in range(2))
    weight = torch.rand(5, dtype=torch.double)
    assert torch.autograd.gradcheck(lambda a, c: tiled_logsumexp(a, c, weight), (a, c))
    far = tiled_logsumexp(1e4 * a, c, weight)
    torch.testing.assert_close(far, (weight * (1e4 * a @ c.t()).logsumexp(1)).sum())


@pytest.mark.usefixtures("tile")
def test_kl_divergence():
    views = [torch.randn(n, 4, dtype=torch.double, requires_grad=True) for n in (50, 17, 50, 17)]
    a, c, ta, tc = views
    ours = tiled_kl_divergence((a, c), (ta, tc))
    q, log_p = (ta @ tc.t()).softmax(1), (a @ c.t()).log_softmax(1)
    dense = F.kl_div(log_p, q.detach(), reduction="batchmean")
    torch.testing.assert_close(ours, dense)
    for mine, theirs in zip(gradients(2 * ours, a, c), gradients(2 * dense, a, c), strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.usefixtures("tile")
def test_kl_gradcheck_and_frozen_teacher():
    a, c, ta, tc = (torch.randn(5, 3, dtype=torch.double, requires_grad=True) for _ in range(4))
    assert torch.autograd.gradcheck(lambda a, c: tiled_kl_divergence((a, c), (ta, tc)), (a, c))
    tiled_kl_divergence((a, c), (ta, tc)).backward()
    assert ta.grad is None and tc.grad is None


def test_a_student_that_equals_its_teacher_has_nothing_to_learn():
    a, c = torch.randn(6, 3, requires_grad=True), torch.randn(7, 3, requires_grad=True)
    value = tiled_kl_divergence((a, c), (a, c))
    value.backward()
    assert value.abs() < 1e-6 and a.grad.abs().max() < 1e-6


def test_nothing_to_contrast():
    empty, c = torch.empty(0, 3, requires_grad=True), torch.randn(4, 3, requires_grad=True)
    for value in (
        tiled_cross_entropy(empty, c, torch.empty(0, dtype=torch.long)),
        tiled_kl_divergence((empty, c), (empty, c)),
    ):
        value.backward()
        assert value == 0.0
