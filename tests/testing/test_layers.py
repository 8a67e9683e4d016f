"""The contract of layers holds for correct layers, and finds each kind of fault."""

import functools

import pytest
import torch
from torch_geometric import EdgeIndex
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import is_sparse, to_edge_index

from irllrec_pyg.nn import LightConv
from irllrec_pyg.testing import check_conv, check_edge_forms
from irllrec_pyg.testing.layers import edge_forms


def features(num_nodes):
    return (torch.randn(num_nodes, 4),)


class Plain(MessagePassing):
    """A correct layer without a fused path: any form becomes a ``[2, E]`` tensor in int64."""

    def forward(self, x, edge_index, edge_weight=None, size=None):
        if is_sparse(edge_index):
            if edge_weight is not None:
                raise ValueError("'edge_weight' is given twice")
            adj_t = edge_index.coalesce() if edge_index.layout == torch.sparse_coo else edge_index
            coo = adj_t.layout == torch.sparse_coo
            index, edge_weight = (adj_t.indices(), adj_t.values()) if coo else to_edge_index(adj_t)
            edge_index = index.flip(0)
        edge_index = (edge_index.as_tensor() if isinstance(edge_index, EdgeIndex) else edge_index).long()
        sender = 0 if self.flow == "source_to_target" else 1
        pair = (x, x) if isinstance(x, torch.Tensor) else x
        size = (pair[0].size(0), pair[1].size(0))
        edges = edge_index if sender == 0 else edge_index.flip(0)
        if edge_weight is not None:
            edge_weight = edge_weight.to(pair[0].dtype)
        sent = pair[sender].float() if pair[sender].dtype == torch.bfloat16 else pair[sender]
        messages = sent[edges[0]] if edge_weight is None else sent[edges[0]] * edge_weight.to(sent.dtype).view(-1, 1)
        out = self.aggregate(messages, edges[1], dim_size=size[1 - sender])
        return out.to(pair[sender].dtype)


class IgnoresFlow(Plain):
    def forward(self, *args, **kwargs):
        flow, self.flow = self.flow, "source_to_target"
        try:
            return super().forward(*args, **kwargs)
        finally:
            self.flow = flow


class IgnoresFlowOfSortedEdges(IgnoresFlow):
    def forward(self, x, edge_index, *args, **kwargs):
        fused = isinstance(edge_index, EdgeIndex) and edge_index.is_sorted_by_col
        return (IgnoresFlow if fused else Plain).forward(self, x, edge_index, *args, **kwargs)


class SumsSortedEdges(Plain):
    def forward(self, x, edge_index, *args, **kwargs):
        if isinstance(edge_index, EdgeIndex) and edge_index.is_sorted_by_col:
            return Plain().forward(x, edge_index, *args, **kwargs)
        return super().forward(x, edge_index, *args, **kwargs)


class ReturnsSingle(Plain):
    def forward(self, x, edge_index, *args, **kwargs):
        out = super().forward(x, edge_index, *args, **kwargs)
        return out.float() if out.dtype == torch.bfloat16 else out


class RefusesInt32(Plain):
    def forward(self, x, edge_index, *args, **kwargs):
        if not is_sparse(edge_index) and edge_index.dtype == torch.int32:
            raise RuntimeError("expected scalar type Long but found Int")
        return super().forward(x, edge_index, *args, **kwargs)


class DropsWeights(Plain):
    def forward(self, x, edge_index, edge_weight=None, size=None):
        return super().forward(x, edge_index, None if is_sparse(edge_index) else edge_weight, size)


class DetachesSortedEdges(Plain):
    def forward(self, x, edge_index, *args, **kwargs):
        out = super().forward(x, edge_index, *args, **kwargs)
        if isinstance(edge_index, EdgeIndex) and edge_index.is_sorted_by_col:
            return out.detach() + 0.0 * out
        return out


def test_correct_layers_pass():
    check_conv(Plain, features)
    check_conv(functools.partial(LightConv, normalize=False), features)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (IgnoresFlow, "wrong with flow='target_to_source'"),
        (IgnoresFlowOfSortedEdges, "edges as EdgeIndex sorted by col disagree"),
        (SumsSortedEdges, "edges as EdgeIndex sorted by col disagree"),
        (ReturnsSingle, "bfloat16 features give torch.float32"),
        (RefusesInt32, "int32 fail: expected scalar type Long"),
        (DropsWeights, "'edge_weight' beside adj_t in COO must not be ignored"),
        (DetachesSortedEdges, "edges as EdgeIndex sorted by col disagree"),
    ],
)
def test_faults_are_found(layer, message):
    with pytest.raises(AssertionError, match=message):
        check_conv(layer, features)


def test_forms_hold_the_same_weighted_edges():
    edge_index, weight = torch.tensor([[0, 2, 1], [1, 0, 1]]), torch.tensor([1.0, 2.0, 3.0])
    expected = torch.zeros(2, 3).index_put((edge_index[1], edge_index[0]), weight)
    for name, (form, values) in edge_forms(edge_index, (3, 2), weight).items():
        if is_sparse(form):
            dense = form.to_dense()
        else:
            edges = (form.as_tensor() if isinstance(form, EdgeIndex) else form).long()
            dense = torch.zeros(2, 3).index_put((edges[1], edges[0]), values)
        assert torch.equal(dense, expected), name


def test_a_form_that_disagrees_is_named():
    x = torch.ones(2, 1, requires_grad=True)
    with pytest.raises(AssertionError, match="edges as adj_t in CSR"):
        check_edge_forms(
            lambda form: x * (2.0 if form.layout == torch.sparse_csr else 1.0),
            torch.tensor([[0], [1]]),
            (2, 2),
            [x],
        )
