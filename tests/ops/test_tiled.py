"""Tiled losses against their dense forms, with tiles small enough to be many."""

import pytest
import torch
import torch.nn.functional as F

from irllrec_pyg.ops import (
    tiled,
    tiled_cross_entropy,
    tiled_kl_divergence,
    tiled_logsumexp,
    two_sided_cross_entropy,
    two_sided_kl_divergence,
)

#: A part of a buffer with the wrong shape is no place for a result.
pytestmark = pytest.mark.filterwarnings("error:An output with one or more elements was resized")


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


LOSSES = {
    "cross entropy": lambda a, c, ta, tc: tiled_cross_entropy(a, c, torch.arange(20)),
    "weighted cross entropy": lambda a, c, ta, tc: tiled_cross_entropy(a, c, torch.arange(20), torch.arange(1, 21)),
    "logsumexp": lambda a, c, ta, tc: tiled_logsumexp(a, c, torch.linspace(0, 1, 20, dtype=torch.double)),
    "divergence": lambda a, c, ta, tc: tiled_kl_divergence((a, c), (ta, tc)),
    "two-sided cross entropy": lambda a, c, ta, tc: two_sided_cross_entropy(a, c),
    "two-sided divergence": lambda a, c, ta, tc: two_sided_kl_divergence((a, c), (ta, tc)),
}


def dense(name, a, c, ta, tc):
    """The losses over logits that are held, in float64."""
    logits, teacher, index = a @ c.t(), (ta @ tc.t()).detach(), torch.arange(20)
    sides = ((logits, teacher), (logits.t(), teacher.t())) if name.startswith("two-sided") else ((logits, teacher),)
    if name == "weighted cross entropy":
        return (F.cross_entropy(logits, index, reduction="none") * (index + 1)).sum() / (index + 1).sum()
    if name == "logsumexp":
        return (logits.logsumexp(1) * torch.linspace(0, 1, 20, dtype=torch.double)).sum()
    if name.endswith("divergence"):
        parts = [F.kl_div(s.log_softmax(1), t.softmax(1), reduction="batchmean") for s, t in sides]
    else:
        parts = [F.cross_entropy(s, index) for s, _ in sides]
    return torch.stack(parts).sum()


@pytest.mark.parametrize("scale", [1.0, 30.0], ids=["small logits", "large logits"])
@pytest.mark.parametrize("name", LOSSES)
def test_second_derivatives(name, scale, monkeypatch):
    """With many tiles, where the gradient is computed in the forward pass."""
    monkeypatch.setattr(tiled, "_TILE_ELEMENTS", 40)
    a, c, ta, tc = (torch.randn(20, 3, dtype=torch.double) for _ in range(4))
    a, c = a.mul_(scale).requires_grad_(), c.requires_grad_()
    assert torch.autograd.gradgradcheck(lambda a, c: LOSSES[name](a, c, ta, tc), (a, c))


@pytest.mark.parametrize("name", LOSSES)
def test_a_gradient_penalty_beside_another_term(name, monkeypatch):
    """The other term has a second derivative too, so a missing one of the tiled loss would raise no error."""
    monkeypatch.setattr(tiled, "_TILE_ELEMENTS", 40)
    views = [torch.randn(20, 3, dtype=torch.double, requires_grad=True) for _ in range(4)]

    def penalty(loss):
        (grad,) = torch.autograd.grad(loss + views[0].pow(3).sum(), views[0], create_graph=True)
        return torch.autograd.grad(grad.square().sum(), views[:2], allow_unused=True)

    for ours, value in zip(penalty(LOSSES[name](*views)), penalty(dense(name, *views)), strict=True):
        torch.testing.assert_close(ours, value)


def test_the_same_tensor_on_both_sides(monkeypatch):
    monkeypatch.setattr(tiled, "_TILE_ELEMENTS", 40)
    a = torch.randn(20, 3, dtype=torch.double, requires_grad=True)
    for check in (torch.autograd.gradcheck, torch.autograd.gradgradcheck):
        assert check(lambda a: tiled_cross_entropy(a, a, torch.arange(20)), (a,))


@pytest.mark.parametrize("frozen", [0, 1])
def test_one_side_without_a_gradient(frozen, monkeypatch):
    monkeypatch.setattr(tiled, "_TILE_ELEMENTS", 40)
    views = [torch.randn(20, 3, dtype=torch.double, requires_grad=place != frozen) for place in range(2)]
    for check in (torch.autograd.gradcheck, torch.autograd.gradgradcheck):
        assert check(lambda a, c: tiled_cross_entropy(a, c, torch.arange(20)), views)
    with torch.no_grad():
        assert not tiled_cross_entropy(*views, torch.arange(20)).requires_grad


def test_the_dense_divergence_of_one_row():
    a, c, ta, tc = (torch.randn(n, 3, dtype=torch.double) for n in (1, 7, 1, 7))
    expected = F.kl_div((a @ c.t()).log_softmax(1), (ta @ tc.t()).softmax(1), reduction="sum")
    torch.testing.assert_close(tiled.dense_kl_divergence(a, c, ta, tc), expected)


def test_targets_in_int32():
    a, c, target = torch.randn(5, 3), torch.randn(7, 3), torch.randint(7, (5,))
    torch.testing.assert_close(tiled_cross_entropy(a, c, target.int()), tiled_cross_entropy(a, c, target))


def test_the_divergence_from_an_equal_teacher_is_zero():
    a, c = torch.randn(6, 3, requires_grad=True), torch.randn(7, 3, requires_grad=True)
    value = tiled_kl_divergence((a, c), (a, c))
    value.backward()
    assert value.abs() < 1e-6 and a.grad.abs().max() < 1e-6


def test_no_anchors():
    empty, c = torch.empty(0, 3, requires_grad=True), torch.randn(4, 3, requires_grad=True)
    for value in (
        tiled_cross_entropy(empty, c, torch.empty(0, dtype=torch.long)),
        tiled_kl_divergence((empty, c), (empty, c)),
    ):
        c.grad = None
        value.backward()
        assert value == 0.0 and not c.grad.any()
