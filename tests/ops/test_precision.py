"""Mixed precision: kernels take half precision, and a whole step runs under autocast."""

import pytest
import torch

from irllrec_pyg.data import JointGraph
from irllrec_pyg.models import ENHANCERS, create_backbone, create_enhancer
from irllrec_pyg.ops import sddmm, spmm, tiled_cross_entropy, tiled_kl_divergence
from irllrec_pyg.training import TripletSampler


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_single(graph, dtype):
    x = torch.randn(graph.num_nodes, 4).to(dtype).requires_grad_()
    full = x.detach().float()
    edge_index, target = graph.edge_index, torch.arange(graph.num_nodes)
    for ours, expected, out_type in (
        (spmm(edge_index, x, graph.edge_weight), spmm(edge_index, full, graph.edge_weight), dtype),
        (sddmm(edge_index, x, x), sddmm(edge_index, full, full), dtype),
        (tiled_cross_entropy(x, x, target), tiled_cross_entropy(full, full, target), torch.float32),
        (tiled_kl_divergence((x, x), (x, 2 * x)), tiled_kl_divergence((full, full), (full, 2 * full)), torch.float32),
    ):
        assert ours.dtype == out_type
        torch.testing.assert_close(ours, expected.to(out_type))
        (grad,) = torch.autograd.grad(ours.sum(), x)
        assert grad.dtype == dtype and grad.isfinite().all()


@pytest.mark.parametrize("name", ENHANCERS)
def test_a_step_under_autocast(data, name):
    arguments = {"num_intents": 4} if name.startswith("irllrec") else {}
    model = create_enhancer(name, create_backbone("lightgcn", data, embedding_dim=8), data, **arguments)
    graph = JointGraph.from_data(data)
    batch = next(TripletSampler(data["user", "interacts", "item"].edge_index, 20).epoch(0))
    torch.manual_seed(1)
    expected = sum(model(graph, batch).values())
    torch.manual_seed(1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = sum(model(graph, batch).values())
    loss.backward()
    assert float(loss.detach()) == pytest.approx(float(expected.detach()), rel=0.05)
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)
