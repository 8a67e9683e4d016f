"""IntentConv: the contract, an oracle in plain Python, gradients, and PyG's transformations."""

import math

import pytest
import torch
from torch_geometric import EdgeIndex
from torch_geometric.explain import AttentionExplainer, Explainer, GNNExplainer
from torch_geometric.nn import to_hetero

from irllrec_pyg.nn import IntentConv
from irllrec_pyg.testing import check_conv


def oracle(x, intent_src, intent_dst, edges, weights, num_dst):
    """Eq. 11 and 12, one edge at a time."""

    def cosine(a, b):
        dot = sum(p * q for p, q in zip(a, b, strict=True))
        return dot / math.sqrt(sum(p * p for p in a)) / math.sqrt(sum(q * q for q in b))

    alpha = {e: w * (cosine(intent_src[e[0]], intent_dst[e[1]]) + 1) / 2 for e, w in zip(edges, weights, strict=True)}
    out = []
    for i in range(num_dst):
        total = sum(a for (_, k), a in alpha.items() if k == i)
        row = [0.0] * len(x[0])
        for (j, k), a in alpha.items():
            if k == i:
                row = [value + a / total * feature for value, feature in zip(row, x[j], strict=True)]
        out.append(row)
    return torch.tensor(out, dtype=torch.double)


EDGES = torch.tensor([[0, 2, 1, 2, 3, 0], [1, 1, 0, 3, 2, 3]])


def forms(edge_index, size):
    yield edge_index
    yield EdgeIndex(edge_index, sparse_size=size).sort_by("col").values


def test_contract():
    check_conv(IntentConv, lambda n: (torch.randn(n, 8), torch.randn(n, 4)))


def test_contract_where_features_are_the_intents():
    check_conv(IntentConv, lambda n: (torch.randn(n, 8),) * 2, bipartite=False)


@pytest.mark.parametrize("weighted", [False, True])
def test_matches_plain_python(weighted):
    x, intent = torch.randn(5, 3, dtype=torch.double), torch.randn(5, 4, dtype=torch.double)
    weight = torch.rand(6, dtype=torch.double) if weighted else torch.ones(6, dtype=torch.double)
    edges = [tuple(edge) for edge in EDGES.t().tolist()]
    expected = oracle(x.tolist(), intent.tolist(), intent.tolist(), edges, weight.tolist(), 5)
    conv = IntentConv()
    torch.testing.assert_close(conv(x, intent, EDGES, weight if weighted else None), expected)
    edge_index, perm = EdgeIndex(EDGES, sparse_size=(5, 5)).sort_by("col")
    torch.testing.assert_close(conv(x, intent, edge_index, weight[perm] if weighted else None), expected)


def test_bipartite_matches_plain_python():
    x, src, dst = (torch.randn(n, 3, dtype=torch.double) for n in (4, 4, 5))
    edges = [tuple(edge) for edge in EDGES.t().tolist()]
    expected = oracle(x.tolist(), src.tolist(), dst.tolist(), edges, [1.0] * 6, 5)
    for form in forms(EDGES, (4, 5)):
        torch.testing.assert_close(IntentConv()(x, (src, dst), form), expected)


@pytest.mark.parametrize("fused", [False, True])
def test_gradients_of_first_and_second_order(fused):
    x, intent = (torch.randn(5, 3, dtype=torch.double, requires_grad=True) for _ in range(2))
    weight = torch.rand(6, dtype=torch.double, requires_grad=True)
    edge_index = EdgeIndex(EDGES, sparse_size=(5, 5)).sort_by("col").values if fused else EDGES
    for check in (torch.autograd.gradcheck, torch.autograd.gradgradcheck):
        assert check(lambda x, intent, w: IntentConv()(x, intent, edge_index, w), (x, intent, weight))


def test_masks_of_a_node_sum_to_one():
    for form in forms(EDGES, (5, 5)):
        mask = IntentConv().edge_mask(torch.randn(5, 4), form)
        target = form[1].as_subclass(torch.Tensor) if not isinstance(form, EdgeIndex) else form.as_tensor()[1]
        total = torch.zeros(5).index_add_(0, target, mask)
        torch.testing.assert_close(total[:4], torch.ones(4))
        assert (mask >= 0).all()


def test_opposite_intents_are_masked_out():
    intent = torch.tensor([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])
    edges = torch.tensor([[1, 2], [0, 0]])
    torch.testing.assert_close(IntentConv().edge_mask(intent, edges), torch.tensor([1.0, 0.0]))
    only = torch.tensor([[2], [0]])
    for form in forms(only, (3, 3)):
        assert not IntentConv()(torch.randn(3, 2), intent, form).any(), "opposite intents give zeros, not NaN"


def test_flow_from_target_to_source():
    x, intent = torch.randn(5, 3), torch.randn(5, 4)
    expected = IntentConv()(x, intent, EDGES.flip(0))
    reverse = IntentConv(flow="target_to_source")
    for form in forms(EDGES, (5, 5)):
        torch.testing.assert_close(reverse(x, intent, form), expected)


def test_mean_of_masked_messages_over_sorted_edges():
    x = torch.tensor([[2.0], [4.0], [0.0]])
    edge_index = EdgeIndex([[0, 1], [2, 2]], sparse_size=(3, 3), sort_order="col")
    out = IntentConv(aggr="mean")(x, torch.ones(3, 2), edge_index)
    torch.testing.assert_close(out, torch.tensor([[0.0], [0.0], [1.5]]))


@pytest.mark.parametrize("fused", [False, True])
def test_half_precision_masks_are_computed_in_single(fused):
    """A sum of 300 equal masks would stop at 256 in bfloat16, and the mean of ones would not be one."""
    edges = torch.stack([torch.arange(1, 301), torch.zeros(300, dtype=torch.long)])
    form = EdgeIndex(edges, sparse_size=(301, 301), sort_order="col") if fused else edges
    x = torch.ones(301, 2, dtype=torch.bfloat16)
    out, mask = IntentConv()(x, x, form), IntentConv().edge_mask(x, form)
    assert out.dtype == mask.dtype == torch.bfloat16
    assert out[0].tolist() == [1.0, 1.0]


def test_masks_over_edges_in_int32():
    intent = torch.randn(5, 4)
    expected = IntentConv().edge_mask(intent, EDGES)
    torch.testing.assert_close(IntentConv().edge_mask(intent, EDGES.int()), expected)
    edge_index, perm = EdgeIndex(EDGES.int(), sparse_size=(5, 5)).sort_by("col")
    torch.testing.assert_close(IntentConv().edge_mask(intent, edge_index), expected[perm])


def test_str():
    assert str(IntentConv()) == "IntentConv()"


def test_weights_given_twice():
    adj_t = torch.eye(3).to_sparse_csr()
    with pytest.raises(ValueError, match="'edge_weight' is given beside a sparse 'adj_t'"):
        IntentConv()(torch.randn(3, 2), torch.randn(3, 2), adj_t, torch.ones(3))


def test_eps_must_be_positive():
    with pytest.raises(ValueError, match="'eps' must be above 0.*use 1e-8"):
        IntentConv(eps=0.0)


def test_compiles_as_one_graph():
    x, intent = torch.randn(5, 3), torch.randn(5, 4)
    conv = IntentConv()
    compiled = torch.compile(conv, fullgraph=True)
    torch.testing.assert_close(compiled(x, intent, EDGES), conv(x, intent, EDGES))


class TwoLayers(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = IntentConv(), IntentConv()

    def forward(self, x, intent, edge_index):
        return self.conv2(self.conv1(x, intent, edge_index), intent, edge_index)


def test_to_hetero():
    nodes = {"user": 4, "item": 5}
    types = [("user", "takes", "item"), ("item", "taken_by", "user")]
    x, intent = ({name: torch.randn(n, 3) for name, n in nodes.items()} for _ in range(2))
    edges = {types[0]: EDGES, types[1]: EDGES.flip(0)}
    out = to_hetero(TwoLayers(), (list(nodes), types))(x, intent, edges)
    conv = IntentConv()
    first = {
        "item": conv(x["user"], (intent["user"], intent["item"]), EDGES),
        "user": conv(x["item"], (intent["item"], intent["user"]), EDGES.flip(0)),
    }
    expected = conv(first["user"], (intent["user"], intent["item"]), EDGES)
    torch.testing.assert_close(out["item"], expected)


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = IntentConv()

    def forward(self, x, edge_index):
        return self.conv(x, x, edge_index)


def explain(algorithm, x, edge_index, **kwargs):
    explainer = Explainer(
        Model(),
        algorithm=algorithm,
        explanation_type="model",
        edge_mask_type="object",
        model_config={"mode": "regression", "task_level": "node", "return_type": "raw"},
    )
    return explainer(x, edge_index, **kwargs).edge_mask


def test_gnn_explainer_masks_its_messages():
    """An edge that does not reach the explained node gets no gradient, so its mask stays where it started."""
    mask = explain(GNNExplainer(epochs=20), torch.randn(5, 3), EDGES, index=1)
    assert (mask[:2] > 0).all() and not mask[2:].any()


@pytest.mark.parametrize("fused", [False, True])
def test_attention_explainer_finds_the_masks(fused):
    x = torch.randn(5, 3)
    edge_index = EdgeIndex(EDGES, sparse_size=(5, 5)).sort_by("col").values if fused else EDGES
    torch.testing.assert_close(explain(AttentionExplainer(), x, edge_index), IntentConv().edge_mask(x, edge_index))
