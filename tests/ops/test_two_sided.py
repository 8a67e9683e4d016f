"""Losses over rows and columns at once against the sum of the two dense losses."""

import pytest
import torch
import torch.nn.functional as F

from irllrec_pyg.ops import tiled, two_sided_cross_entropy, two_sided_kl_divergence

#: A part of a buffer with the wrong shape is no place for a result.
pytestmark = pytest.mark.filterwarnings("error:An output with one or more elements was resized")


@pytest.fixture(params=[1 << 23, 100], ids=["one tile", "many tiles"])
def tile(request, monkeypatch):
    monkeypatch.setattr(tiled, "_TILE_ELEMENTS", request.param)


@pytest.fixture(params=[1.0, 30.0], ids=["small logits", "large logits"])
def views(request):
    return [request.param * torch.randn(40, 3, dtype=torch.double) for _ in range(4)]


def same(ours, dense, *inputs):
    torch.testing.assert_close(ours, dense)
    pairs = zip(torch.autograd.grad(3 * ours, inputs), torch.autograd.grad(3 * dense, inputs), strict=True)
    for mine, theirs in pairs:
        torch.testing.assert_close(mine, theirs)


@pytest.mark.usefixtures("tile")
def test_cross_entropy(views):
    a, c = (view.requires_grad_() for view in views[:2])
    logits, target = a @ c.t(), torch.arange(40)
    same(two_sided_cross_entropy(a, c), F.cross_entropy(logits, target) + F.cross_entropy(logits.t(), target), a, c)


@pytest.mark.usefixtures("tile")
def test_kl_divergence_of_a_matrix_that_is_not_square(views):
    a, c, teacher_row, teacher_column = views
    a, c, teacher_column = a.requires_grad_(), c[:25].requires_grad_(), teacher_column[:25]
    logits, teacher_logits = a @ c.t(), teacher_row @ teacher_column.t()
    dense = F.kl_div(logits.log_softmax(1), teacher_logits.log_softmax(1), reduction="batchmean", log_target=True)
    dense = dense + F.kl_div(
        logits.t().log_softmax(1), teacher_logits.t().log_softmax(1), reduction="batchmean", log_target=True
    )
    same(two_sided_kl_divergence((a, c), (teacher_row, teacher_column)), dense, a, c)


def test_gradcheck_and_frozen_teacher(monkeypatch):
    monkeypatch.setattr(tiled, "_TILE_ELEMENTS", 8)
    a, c, ta, tc = (torch.randn(5, 3, dtype=torch.double, requires_grad=True) for _ in range(4))
    assert torch.autograd.gradcheck(two_sided_cross_entropy, (a, c))
    assert torch.autograd.gradcheck(lambda a, c: two_sided_kl_divergence((a, c), (ta, tc)), (a, c))
    two_sided_kl_divergence((a, c), (ta, tc)).backward()
    assert ta.grad is None and tc.grad is None


def test_single_precision_up_to_the_largest_bounded_logits():
    a = F.normalize(torch.randn(1200, 8), dim=1) * 39.0
    c = F.normalize(torch.randn(1200, 8), dim=1)
    logits, target = (a.double() @ c.double().t()), torch.arange(1200)
    expected = F.cross_entropy(logits, target) + F.cross_entropy(logits.t(), target)
    torch.testing.assert_close(two_sided_cross_entropy(a, c).double(), expected, rtol=1e-5, atol=1e-5)


def test_half_precision_is_computed_as_single():
    a, c = torch.randn(1100, 4), torch.randn(1100, 4)
    half = two_sided_cross_entropy(a.bfloat16(), c.bfloat16())
    torch.testing.assert_close(half, two_sided_cross_entropy(a.bfloat16().float(), c.bfloat16().float()))


def test_no_rows():
    empty = torch.empty(0, 3, requires_grad=True)
    for value in (two_sided_cross_entropy(empty, empty), two_sided_kl_divergence((empty, empty), (empty, empty))):
        value.backward()
        assert value == 0.0
    assert not empty.grad.any()


def test_nan_is_not_hidden():
    a = torch.randn(40, 3)
    a[3] = torch.nan
    assert two_sided_cross_entropy(a, torch.randn(40, 3)).isnan()
    assert two_sided_kl_divergence((a, a), (a, a)).isnan()


def test_large_logits_where_values_cannot_be_branched_on(monkeypatch):
    """Under ``torch.compile`` no matrix counts as bounded."""
    a, c = 1e3 * torch.randn(40, 3), torch.randn(40, 3)
    expected = two_sided_cross_entropy(a, c)
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    torch.testing.assert_close(two_sided_cross_entropy(a, c), expected)
