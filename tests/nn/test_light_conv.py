"""LightConv computes what PyG's LGConv computes, in every form of the edges."""

import functools
import subprocess
import sys

import pytest
import torch
from torch_geometric import EdgeIndex
from torch_geometric.explain import Explainer, GNNExplainer
from torch_geometric.nn import LGConv, to_hetero

from irllrec_pyg.nn import LightConv
from irllrec_pyg.testing import check_conv

EDGES = torch.tensor([[0, 2, 1, 2], [1, 1, 0, 3]])


def test_contract():
    check_conv(functools.partial(LightConv, normalize=False), lambda n: (torch.randn(n, 8),))


def test_contract_with_normalization():
    check_conv(LightConv, lambda n: (torch.randn(n, 8),), bipartite=False)


@pytest.mark.parametrize("normalize", [True, False])
def test_agrees_with_pyg_on_a_joint_graph(graph, normalize):
    x = torch.randn(graph.num_nodes, 4)
    plain = graph.edge_index.as_tensor()
    expected = LGConv(normalize)(x, plain, None if normalize else graph.edge_weight)
    ours = LightConv(normalize)(x, graph.edge_index, None if normalize else graph.edge_weight)
    torch.testing.assert_close(ours, expected)


@pytest.mark.parametrize("flow", ["source_to_target", "target_to_source"])
@pytest.mark.parametrize("aggr", ["add", "mean", "max"])
@pytest.mark.parametrize("normalize", [True, False])
def test_agrees_with_pyg_on_plain_edges(flow, aggr, normalize):
    x, weight, options = torch.randn(4, 3), torch.rand(4), {"flow": flow, "aggr": aggr}
    expected = LGConv(normalize, **options)(x, EDGES, weight)
    torch.testing.assert_close(LightConv(normalize, **options)(x, EDGES, weight), expected)


def test_flow_over_one_edge():
    x, edge_index = torch.tensor([[0.0], [10.0]]), torch.tensor([[0], [1]])
    conv = LightConv(normalize=False, flow="target_to_source")
    adj_t = torch.sparse_coo_tensor(edge_index.flip(0), torch.ones(1), (2, 2)).to_sparse_csr()
    for form in (edge_index, EdgeIndex(edge_index, sparse_size=(2, 2), sort_order="col"), adj_t):
        assert conv(x, form).tolist() == [[10.0], [0.0]]


def test_mean_over_sorted_edges():
    x, edge_index = torch.tensor([[2.0], [4.0], [0.0]]), torch.tensor([[0, 1], [2, 2]])
    conv = LightConv(normalize=False, aggr="mean")
    assert conv(x, EdgeIndex(edge_index, sparse_size=(3, 3), sort_order="col")).tolist() == [[0.0], [0.0], [3.0]]


def test_half_precision_stays_half_but_is_summed_in_single():
    """In bfloat16, 256 + 1 is 256: a sum of 300 ones would stop there."""
    edges = torch.stack([torch.arange(1, 301), torch.zeros(300, dtype=torch.long)])
    x = torch.ones(301, 1, dtype=torch.bfloat16)
    for form in (edges, EdgeIndex(edges, sparse_size=(301, 301), sort_order="col")):
        out = LightConv(normalize=False)(x, form, torch.ones(300))
        assert out.dtype == torch.bfloat16 and float(out[0]) == 300.0


def test_constant_weights_are_reordered_once(monkeypatch):
    """Reordering them in every step would cost half of a product."""
    calls = []
    monkeypatch.setattr(torch, "equal", lambda *tensors, equal=torch.equal: calls.append(1) or equal(*tensors))
    edge_index = EdgeIndex(EDGES, sparse_size=(4, 4)).sort_by("col").values
    x, weight, conv = torch.randn(4, 3, requires_grad=True), torch.rand(4), LightConv(normalize=False)
    for _ in range(3):
        conv(x, edge_index, weight).sum().backward()
    assert len(calls) == 1


def test_weights_of_two_dimensions():
    x, weight = torch.randn(4, 3), torch.rand(4)
    for form in (EDGES, EdgeIndex(EDGES, sparse_size=(4, 4)).sort_by("col").values):
        conv = LightConv(normalize=False)
        torch.testing.assert_close(conv(x, form, weight.view(-1, 1)), conv(x, form, weight))


def test_weights_beside_an_adjacency_matrix_are_refused():
    with pytest.raises(ValueError, match="'edge_weight' is given beside a sparse 'adj_t'"):
        LightConv(normalize=False)(torch.randn(3, 2), torch.eye(3).to_sparse_csr(), torch.ones(3))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((torch.ones(4, 1), EDGES, torch.ones(3)), "'edge_weight' must have one value per edge"),
        ((torch.ones(4, 1), torch.eye(3).to_sparse_csr()), r"'adj_t' must be \[4, 4\] for these nodes"),
        ((torch.ones(4, 1, dtype=torch.long), EDGES), r"convert it with x.float\(\)"),
        (((torch.ones(4, 1), torch.ones(5, 1)), EDGES), "'normalize' needs one set of nodes"),
        (((None, torch.ones(5, 1)), EDGES), r"x\[0\] is None"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        LightConv()(*arguments)


def test_gradients_of_first_and_second_order_in_features_and_weights():
    edge_index = EdgeIndex(EDGES, sparse_size=(4, 4)).sort_by("col").values
    x = torch.randn(4, 3, dtype=torch.double, requires_grad=True)
    weight = torch.rand(4, dtype=torch.double, requires_grad=True)
    for check in (torch.autograd.gradcheck, torch.autograd.gradgradcheck):
        assert check(lambda x, w: LightConv(normalize=False)(x, edge_index, w), (x, weight))


def test_compiles_as_one_graph():
    x = torch.randn(4, 3)
    conv = LightConv()
    torch.testing.assert_close(torch.compile(conv, fullgraph=True)(x, EDGES), conv(x, EDGES))


def test_features_of_three_dimensions_and_decomposed_layers():
    x = torch.randn(2, 4, 6)
    expected = torch.stack([LGConv()(part, EDGES) for part in x])
    edge_index = EdgeIndex(EDGES, sparse_size=(4, 4)).sort_by("col").values
    torch.testing.assert_close(LightConv()(x, edge_index), expected)
    torch.testing.assert_close(LightConv(decomposed_layers=2)(x[0], EDGES), expected[0])


class Model(torch.nn.Module):
    def __init__(self, conv):
        super().__init__()
        self.conv = conv

    def forward(self, x, edge_index):
        return self.conv(x, edge_index)


def test_to_hetero_agrees_with_pyg():
    types = [("user", "takes", "item"), ("item", "taken_by", "user")]
    x = {"user": torch.randn(4, 3), "item": torch.randn(5, 3)}
    pairs = torch.tensor([[0, 2, 3, 1], [1, 4, 0, 4]])
    edges = {types[0]: pairs, types[1]: pairs.flip(0)}
    ours, expected = (
        to_hetero(Model(layer(normalize=False)), (["user", "item"], types))(x, edges) for layer in (LightConv, LGConv)
    )
    for name, value in expected.items():
        assert value.abs().sum() > 0
        torch.testing.assert_close(ours[name], value)


def test_explainer_masks_its_messages():
    """An edge that does not reach the explained node gets no gradient, so its mask stays where it started."""
    explainer = Explainer(
        Model(LightConv(normalize=False)),
        algorithm=GNNExplainer(epochs=20),
        explanation_type="model",
        edge_mask_type="object",
        model_config={"mode": "regression", "task_level": "node", "return_type": "raw"},
    )
    mask = explainer(torch.randn(4, 3), EDGES, index=1).edge_mask
    assert (mask[:2] > 0).all() and not mask[2:].any()


@pytest.mark.parametrize("first", ["LGConv", "LightConv"])
def test_explanations_do_not_depend_on_what_ran_before(first):
    """PyG writes code into a class when its first object is created. A fresh process shows what is inherited."""
    code = (
        "import torch\n"
        "from torch_geometric.nn import LGConv\n"
        "from irllrec_pyg.nn import LightConv\n"
        "x, edges = torch.ones(2, 1), torch.tensor([[0, 1], [1, 0]])\n"
        f"{first}()(x, edges)\n"
        "conv = LightConv(normalize=False)\n"
        "conv.explain, conv._edge_mask, conv._apply_sigmoid = True, torch.tensor([0.25, 0.5]), False\n"
        "print(conv(x, edges).flatten().tolist())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[0.5, 0.25]"


def test_a_subclass_inherits_neither_generated_code_nor_a_fused_path_that_it_changes():
    class Scaled(LightConv):
        def message(self, x_j, edge_weight):
            return 2.0 * x_j

    x = torch.ones(4, 1)
    LightConv(normalize=False)(x, EDGES)
    conv = Scaled(normalize=False)
    for form in (EDGES, EdgeIndex(EDGES, sparse_size=(4, 4)).sort_by("col").values):
        assert conv(x, form).flatten().tolist() == [2.0, 4.0, 0.0, 2.0]
    conv.explain, conv._edge_mask, conv._apply_sigmoid = True, torch.full((4,), 0.5), False
    assert conv(x, EDGES).flatten().tolist() == [1.0, 2.0, 0.0, 1.0]


def test_str():
    assert str(LightConv()) == "LightConv()"
