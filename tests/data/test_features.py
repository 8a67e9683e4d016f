"""Reduced features: inner products against the wide ones, rows without text, kept shares against singular values."""

import pytest
import torch

from irllrec_pyg.data import check_features, reduce_features, text_mask


def low_rank(rank, users=30, items=20, width=64):
    x = torch.randn(users + items, rank, dtype=torch.double) @ torch.randn(rank, width, dtype=torch.double)
    return x[:users], x[users:]


def gram(user, item):
    x = torch.cat([user, item])
    return x @ x.t()


def test_inner_products_stay_where_there_are_no_more_directions():
    user, item = low_rank(rank=7)
    reduced = reduce_features(user, item, width=7)
    assert reduced.user.shape == (30, 7) and reduced.item.dtype == torch.double
    torch.testing.assert_close(gram(reduced.user, reduced.item), gram(user, item), rtol=1e-9, atol=1e-9)
    assert reduced.share == pytest.approx(1.0, abs=1e-12)
    assert reduce_features(*low_rank(rank=270, users=200, items=90, width=280)).axes.shape == (280, 256), "by default"


def test_fewer_texts_than_columns_lose_nothing():
    user, item = torch.randn(9, 40, dtype=torch.double), torch.randn(6, 40, dtype=torch.double)
    user[2] = 0.0
    reduced = reduce_features(user, item)
    assert reduced.axes.shape == (40, 14), "one direction per text"
    torch.testing.assert_close(gram(reduced.user, reduced.item), gram(user, item), rtol=1e-9, atol=1e-9)


def test_a_cut_keeps_the_largest_singular_values():
    user, item = torch.randn(30, 16, dtype=torch.double), torch.randn(20, 16, dtype=torch.double)
    left, values, right = torch.linalg.svd(torch.cat([user, item]), full_matrices=False)
    reduced = reduce_features(user, item, width=5)
    assert reduced.share == pytest.approx(float(values[:5].square().sum() / values.square().sum()), rel=1e-9)
    best = left[:, :5] * values[:5] @ right[:5]
    torch.testing.assert_close(torch.cat([reduced.user, reduced.item]) @ reduced.axes.t(), best)
    torch.testing.assert_close(reduced.axes.t() @ reduced.axes, torch.eye(5, dtype=torch.double))
    assert (reduced.axes.amax(dim=0) == reduced.axes.abs().amax(dim=0)).all(), "signs do not depend on the machine"


@pytest.mark.parametrize("variance", [0.3, 0.9, 0.999])
def test_the_fewest_directions_that_keep_a_share(variance):
    user, item = torch.randn(30, 16, dtype=torch.double), torch.randn(20, 16, dtype=torch.double)
    values = torch.linalg.svdvals(torch.cat([user, item])).square()
    expected = next(k for k in range(1, 17) if values[:k].sum() >= variance * values.sum())
    reduced = reduce_features(user, item, width=None, variance=variance)
    assert reduced.axes.size(1) == expected and reduced.share >= variance
    assert reduce_features(user, item, width=2, variance=variance).axes.size(1) == min(2, expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_rows_without_text_stay_zeros(dtype):
    user, item = torch.randn(30, 16).to(dtype), torch.randn(20, 16).to(dtype)
    user[[3, 8]] = 0.0
    item[0] = 0.0
    reduced = reduce_features(user, item, width=4)
    for wide, narrow in ((user, reduced.user), (item, reduced.item)):
        assert torch.equal(text_mask(wide), text_mask(narrow)) and narrow.dtype == dtype


def test_narrow_features_are_returned_as_they_are():
    user, item = torch.randn(30, 16), torch.randn(20, 16)
    reduced = reduce_features(user, item, width=16)
    assert reduced.user is user and reduced.item is item and reduced.share == 1.0
    assert torch.equal(user @ reduced.axes, user)


def test_no_text_at_all():
    reduced = reduce_features(torch.zeros(3, 8), torch.zeros(2, 8), width=4)
    assert not reduced.user.any() and not reduced.item.any() and reduced.share == 1.0


def test_many_rows_are_read_in_parts_and_the_result_does_not_depend_on_their_order(monkeypatch):
    user, item = low_rank(rank=6)
    first = reduce_features(user, item, width=3)
    monkeypatch.setattr("irllrec_pyg.data.features._ROWS", 7)
    order = torch.randperm(30)
    second = reduce_features(user[order], item, width=3)
    torch.testing.assert_close(second.user, first.user[order])
    torch.testing.assert_close(second.item, first.item)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"width": 0}, "'width' must be at least 1"),
        ({"variance": 0.0}, r"'variance' must lie in \(0, 1\] \(got 0.0\)"),
        ({"variance": 1.5}, r"'variance' must lie in \(0, 1\] \(got 1.5\)"),
    ],
)
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        reduce_features(torch.ones(3, 8), torch.ones(2, 8), **arguments)


def test_features_that_do_not_fit():
    with pytest.raises(ValueError, match="8 wide for users and 4 for items"):
        reduce_features(torch.ones(3, 8), torch.ones(2, 4))
    with pytest.raises(ValueError, match="hold NaN or infinity, first in row 1"):
        reduce_features(torch.ones(3, 8), torch.tensor([[1.0] * 8, [float("inf")] * 8]))


def test_features_that_are_no_matrix_are_named():
    with pytest.raises(ValueError, match=r"'intent' features of users are \[3\], but there are 3 users"):
        check_features("intent", torch.ones(3), torch.ones(2, 4), num_users=3, num_items=2)
