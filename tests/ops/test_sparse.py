"""The two sparse products against dense float64."""

from types import SimpleNamespace

import pytest
import torch
from torch_geometric import EdgeIndex

from irllrec_pyg.ops import sddmm, sparse, spmm
from irllrec_pyg.ops.sparse import incoming_sum


def edges(order="col", num_src=5, num_dst=4, count=9):
    key = torch.randperm(num_src * num_dst)[:count]
    index = torch.stack([key // num_dst, key % num_dst])
    return EdgeIndex(index, sparse_size=(num_src, num_dst)).sort_by(order).values


def dense(edge_index, weight):
    out = torch.zeros(4, 5, dtype=weight.dtype)
    return out.index_put((edge_index.as_tensor()[1], edge_index.as_tensor()[0]), weight)


@pytest.mark.parametrize("order", ["col", "row"])
def test_spmm_is_a_dense_product(order):
    edge_index = edges(order)
    weight, x = torch.rand(9, dtype=torch.double), torch.randn(5, 3, dtype=torch.double)
    assert torch.allclose(spmm(edge_index, x, weight), dense(edge_index, weight) @ x)
    assert torch.allclose(spmm(edge_index, x), dense(edge_index, torch.ones_like(weight)) @ x)


def test_constant_weights_may_change_between_calls():
    edge_index, weight = edges("row"), torch.rand(9, dtype=torch.double)
    x = torch.randn(5, 3, dtype=torch.double)
    for _ in range(2):
        assert torch.allclose(spmm(edge_index, x, weight), dense(edge_index, weight) @ x)
        weight.mul_(2.0)
    other = edges("row")  # the same weights over other edges
    assert torch.allclose(spmm(other, x, weight), dense(other, weight) @ x)


@pytest.mark.parametrize("symmetric", [True, False])
def test_reordered_constant_weights_are_removed_with_the_weights(symmetric):
    edge_index = EdgeIndex([[0, 1, 1, 2], [1, 0, 2, 1]], sparse_size=(3, 3), sort_order="row")
    weight, x = torch.tensor([1.0, 1.0, 2.0, 2.0 if symmetric else 3.0]), torch.randn(3, 2)
    before = len(sparse._reordered)
    first, again = (spmm(edge_index, x, weight) for _ in range(2))
    assert torch.equal(first, again) and len(sparse._reordered) == before + 1
    expected = torch.zeros(3, 3).index_put((edge_index.as_tensor()[1], edge_index.as_tensor()[0]), weight) @ x
    torch.testing.assert_close(first, expected)
    del weight
    assert len(sparse._reordered) == before


@pytest.mark.parametrize("order", ["col", "row"])
def test_sddmm_takes_inner_products(order):
    edge_index = edges(order)
    src, dst = torch.randn(5, 3, dtype=torch.double), torch.randn(4, 3, dtype=torch.double)
    expected = [float(src[j] @ dst[i]) for j, i in edge_index.as_tensor().t().tolist()]
    assert torch.allclose(sddmm(edge_index, src, dst), torch.tensor(expected, dtype=torch.double))


@pytest.mark.parametrize("order", ["col", "row"])
def test_gradients_of_first_and_second_order(order):
    edge_index = edges(order)
    weight = torch.rand(9, dtype=torch.double, requires_grad=True)
    src = torch.randn(5, 3, dtype=torch.double, requires_grad=True)
    dst = torch.randn(4, 3, dtype=torch.double, requires_grad=True)
    for check in (torch.autograd.gradcheck, torch.autograd.gradgradcheck):
        assert check(lambda w, x: spmm(edge_index, x, w), (weight, src))
        assert check(lambda a, b: sddmm(edge_index, a, b), (src, dst))
        assert check(lambda w: incoming_sum(edge_index, w.square()), (weight,))


@pytest.mark.parametrize("order", ["col", "row"])
def test_incoming_sum_in_plain_python(order):
    edge_index, value = edges(order), torch.rand(9, dtype=torch.double)
    expected = [0.0] * 4
    for target, number in zip(edge_index.as_tensor()[1].tolist(), value.tolist(), strict=True):
        expected[target] += number
    torch.testing.assert_close(incoming_sum(edge_index, value), torch.tensor(expected, dtype=torch.double))


@pytest.mark.parametrize("order", ["col", "row"])
def test_int32_edges_give_the_outputs_and_gradients_of_int64(order):
    edge_index = edges(order)
    weight, src, dst = (torch.randn(*shape, requires_grad=True) for shape in ((9,), (5, 3), (4, 3)))

    def outputs(edge_index):
        out = spmm(edge_index, src, weight), sddmm(edge_index, src, dst), incoming_sum(edge_index, weight)
        total = sum(value.square().sum() for value in out)
        return *out, *torch.autograd.grad(total, (weight, src, dst))

    for ours, expected in zip(outputs(edge_index.to(torch.int32)), outputs(edge_index), strict=True):
        torch.testing.assert_close(ours, expected)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_outputs_and_gradients_have_the_type_of_the_input(dtype):
    edge_index, weight = edges(), torch.rand(9)
    src, dst = (torch.randn(n, 3).to(dtype).requires_grad_() for n in (5, 4))
    for out in (spmm(edge_index, src, weight), sddmm(edge_index, src, dst)):
        (grad,) = torch.autograd.grad(out.sum(), src)
        assert out.dtype == grad.dtype == dtype


def test_bad_arguments():
    edge_index = edges()
    unsorted = EdgeIndex(edge_index.as_tensor(), sparse_size=(5, 4))
    for form in (unsorted, EdgeIndex(edge_index.as_tensor(), sort_order="col"), edge_index.as_tensor()):
        with pytest.raises(ValueError, match="'edge_index' must be a sorted EdgeIndex with a sparse size"):
            spmm(form, torch.ones(5, 3))
    with pytest.raises(ValueError, match=r"'x' must be \[5, d\].*\(got \[4, 3\]\)"):
        spmm(edge_index, torch.ones(4, 3))
    with pytest.raises(ValueError, match=r"'weight' must be \[9\].*\(got \[9, 1\]\)"):
        spmm(edge_index, torch.ones(5, 3), torch.ones(9, 1))
    with pytest.raises(ValueError, match=r"'dst' must be \[4, d\].*\(got \[5, 3\]\)"):
        sddmm(edge_index, torch.ones(5, 3), torch.ones(5, 3))
    with pytest.raises(ValueError, match=r"'src' must be \[5, d\].*\(got \[5\]\)"):
        sddmm(edge_index, torch.ones(5), torch.ones(4, 3))
    with pytest.raises(ValueError, match="'edge_index' must be a sorted EdgeIndex"):
        incoming_sum(unsorted, torch.ones(9))


@pytest.mark.parametrize("order", ["col", "row"])
def test_the_product_of_a_gpu(order, monkeypatch):
    """A GPU multiplies by a sparse matrix in place of a sum of bags. The branch runs on a CPU too."""
    edge_index = edges(order)
    weight = torch.rand(9, dtype=torch.double, requires_grad=True)
    x = torch.randn(5, 3, dtype=torch.double, requires_grad=True)
    expected = dense(edge_index, weight) @ x
    target = torch.randn(4, 3, dtype=torch.double)
    gradients = torch.autograd.grad(expected, (weight, x), target)
    edge_index.fill_cache_()
    with monkeypatch.context() as patch:
        patch.setattr(sparse.F, "embedding_bag", None)
        patch.setattr(torch.Tensor, "device", SimpleNamespace(type="cuda"))
        ours = sparse._SpMM.apply(weight, x, edge_index, False)
        found = torch.autograd.grad(ours, (weight, x), target)
    for mine, theirs in zip((ours, *found), (expected, *gradients), strict=True):
        torch.testing.assert_close(mine, theirs)


def test_undirected_graphs_keep_the_weight_of_each_direction():
    both = torch.tensor([[0, 1, 0, 2], [1, 0, 2, 0]])
    edge_index = EdgeIndex(both, sparse_size=(3, 3), is_undirected=True).sort_by("col").values
    weight = torch.rand(4, dtype=torch.double, requires_grad=True)
    x = torch.randn(3, 2, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda w, x: spmm(edge_index, x, w), (weight, x))


def test_no_edges():
    edge_index = EdgeIndex(torch.empty(2, 0, dtype=torch.long), sparse_size=(5, 4)).sort_by("col").values
    x = torch.randn(5, 3, requires_grad=True)
    out = spmm(edge_index, x, torch.empty(0))
    out.sum().backward()
    assert torch.equal(out, torch.zeros(4, 3)) and torch.equal(x.grad, torch.zeros(5, 3))
    assert sddmm(edge_index, x, torch.randn(4, 3)).shape == (0,)


def test_features_are_not_kept_for_constant_weights(graph):
    """They are as large as all else in a step, and only the gradient of the weights reads them."""

    def kept(weight):
        sizes = []
        x = torch.randn(graph.num_nodes, 64, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(lambda t: sizes.append(tuple(t.shape)) or t, lambda t: t):
            spmm(graph.edge_index, x, weight).square()
        return sizes.count((graph.num_nodes, 64))

    assert (kept(graph.edge_weight), kept(graph.edge_weight.clone().requires_grad_())) == (1, 2)
