"""What each backbone does beyond its contract."""

import pytest
import torch
from torch import nn

from irllrec_pyg.models import BIGCF, DCCF, SGL, Batch, LightGCN, SimGCL, create_backbone, create_objective
from irllrec_pyg.models.backbones.contrast import ContrastEncoding

BATCH = Batch(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 0]), torch.tensor([5, 6, 5]))


@pytest.mark.parametrize("augmentation", ["edge_drop", "node_drop", "random_walk"])
def test_sgl_views_differ_and_ranking_reads_a_clean_one(augmentation, graph):
    model = SGL(30, 20, embedding_dim=8, num_layers=2, augmentation=augmentation, keep_rate=0.5)
    encoding = model.encode(graph)
    assert isinstance(encoding, ContrastEncoding)
    clean = model.eval().encode(graph)
    assert not isinstance(clean, ContrastEncoding)
    torch.testing.assert_close(encoding.user, clean.user)
    first, second = encoding.views
    assert not torch.equal(first, second) and not torch.equal(first[:30], clean.user)


def test_sgl_drops_anew_in_each_layer_only_when_it_walks(graph):
    draws = []

    class Recorded(nn.Module):
        def forward(self, edge_index, weight):
            draws.append(weight)
            return weight

    for augmentation, count in (("edge_drop", 1), ("random_walk", 3)):
        model = SGL(30, 20, embedding_dim=8, num_layers=3, augmentation=augmentation)
        model.augment = Recorded()
        draws.clear()
        model.view(graph, [model.embedding])
        assert len(draws) == count


def test_simgcl_noise_is_on_every_layer_but_the_first(graph):
    model = SimGCL(30, 20, embedding_dim=8, num_layers=1, noise_eps=0.5)
    encoding = model.encode(graph)
    noise = encoding.views[0] - torch.cat([encoding.user, encoding.item])
    torch.testing.assert_close(noise.norm(dim=1)[:30], torch.full((30,), 0.5))


def test_simgcl_shares_the_first_hop_of_its_views_unless_edges_are_dropped(graph, monkeypatch):
    for keep, hops in ((1.0, 3 + 2 * 2), (0.5, 3 + 2 * 3)):
        model = SimGCL(30, 20, embedding_dim=8, num_layers=3, edge_keep_rate=keep)
        calls, conv = [], model.conv.forward
        monkeypatch.setattr(model.conv, "forward", lambda *args, conv=conv, calls=calls: calls.append(1) or conv(*args))
        model.encode(graph)
        assert len(calls) == hops


def test_contrast_is_weighted_and_counts_repeats(graph):
    model = SGL(30, 20, embedding_dim=8, num_layers=1, contrast_weight=0.7, contrast_temperature=0.3)
    encoding = model.encode(graph)
    (u1, i1), (u2, i2) = (torch.nn.functional.normalize(view, dim=1).split([30, 20]) for view in encoding.views)
    expected = 0.0
    for first, second, ids in ((u1, u2, BATCH.user), (i1, i2, BATCH.positive), (i1, i2, BATCH.negative)):
        expected += torch.nn.functional.cross_entropy(first[ids] @ second.t() / 0.3, ids)
    torch.testing.assert_close(model.loss(encoding, BATCH)["contrast"], 0.7 * expected)


@pytest.mark.parametrize("make", [SGL, SimGCL])
def test_no_view_is_encoded_where_the_contrast_has_no_weight(make, graph, monkeypatch):
    model = make(30, 20, embedding_dim=8, contrast_weight=0.0)
    monkeypatch.setattr(model, "view", lambda *_: pytest.fail("a view was encoded"))
    assert set(model(graph, BATCH)) == {"bpr", "l2"}


def test_dccf_counts_a_node_once_or_as_often_as_it_comes(graph):
    model = DCCF(30, 20, embedding_dim=8, num_intents=4, contrast_weight=1.0)
    encoding = model.encode(graph)
    once = model.loss(encoding, BATCH)["contrast"]
    model.unique_ids = False
    assert model.loss(encoding, BATCH)["contrast"] > once  # repeats are their own negatives
    distinct = Batch(torch.tensor([0, 1]), torch.tensor([2, 0]), torch.tensor([5, 6]))
    every = model.loss(encoding, distinct)["contrast"]
    model.unique_ids = True
    torch.testing.assert_close(model.loss(encoding, distinct)["contrast"], every)


def test_bigcf_draws_around_its_mean_in_training_only(graph):
    model = BIGCF(30, 20, embedding_dim=8, num_intents=4)
    mean = model.eval().encode(graph)
    draws = torch.stack([model.train().encode(graph).joint for _ in range(500)])
    torch.testing.assert_close(draws.mean(0), mean.joint, atol=0.15, rtol=0)
    torch.testing.assert_close(draws.std(0), mean.intent.abs(), atol=0.1, rtol=0.2)
    torch.testing.assert_close(mean.joint, torch.stack(mean.layers).sum(0))


def test_l2_over_all_parameters_or_over_the_batch():
    model = LightGCN(30, 20, 4, l2_weight=0.1)
    torch.testing.assert_close(model.l2(BATCH), 0.1 * model.embedding.square().sum())
    model = LightGCN(30, 20, 4, l2_weight=0.1, l2_scope="batch")
    rows = [0, 1, 1, 32, 30, 30, 35, 36, 35]
    torch.testing.assert_close(model.l2(BATCH), 0.1 / 6 * model.embedding[rows].square().sum())


@pytest.mark.parametrize("name", ["lightgcn", "sgl", "simgcl", "dccf", "bigcf"])
@pytest.mark.parametrize("objective", ["softmax", "in-batch-softmax"])
def test_any_backbone_takes_any_objective(name, objective, data, graph):
    model = create_backbone(name, data, embedding_dim=12, objective={"name": objective, "temperature": 0.2})
    encoding = model.encode(graph)
    torch.testing.assert_close(encoding.user.norm(dim=1), torch.ones(30))
    terms = model.loss(encoding, BATCH)
    assert "softmax" in terms and "bpr" not in terms
    terms["softmax"].backward()
    assert model.embedding.grad.abs().sum() > 0
    dots = create_backbone(name, data, objective={"name": objective, "cosine": False}).eval().encode(graph)
    assert not torch.allclose(dots.user.norm(dim=1), torch.ones(30))


def test_the_softmax_objective_reads_no_negatives(graph):
    model = LightGCN(30, 20, 8, objective="softmax")
    encoding = model.encode(graph)
    value = model.loss(encoding, BATCH)["softmax"]
    logits = encoding.user[BATCH.user] @ encoding.item.t() / 0.1
    torch.testing.assert_close(value, torch.nn.functional.cross_entropy(logits, BATCH.positive))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGL(3, 4, augmentation="crop"), "'augmentation' must be one of"),
        (lambda: SGL(3, 4, keep_rate=0.0), "'keep_rate' must lie in"),
        (lambda: SGL(3, 4, contrast_weight=-1.0), "'contrast_weight' must not be negative"),
        (lambda: SimGCL(3, 4, noise_eps=-1.0), "'eps' must not be negative"),
        (lambda: SimGCL(3, 4, contrast_temperature=0.0), "'contrast_temperature' must be above 0"),
        (lambda: DCCF(3, 4, num_layers=0), "'num_layers' must be at least 1"),
        (lambda: DCCF(3, 4, num_intents=0), "'num_intents' must be at least 1"),
        (lambda: BIGCF(3, 4, num_intents=0), "'num_intents' must be at least 1"),
        (lambda: BIGCF(3, 4, noise=-1.0), "'noise' must not be negative"),
        (lambda: BIGCF(3, 4, intent_l2_weight=-1.0), "'intent_l2_weight' must not be negative"),
        (lambda: LightGCN(3, 4, l2_scope="some"), "'l2_scope' must be one of"),
        (lambda: LightGCN(3, 4, objective="warp"), "'objective' must name one of bpr, softmax, in-batch-softmax"),
        (lambda: create_objective({"temperature": 0.1}, 4), "'objective' must name one of"),
    ],
)
def test_arguments_out_of_range(make, message):
    with pytest.raises(ValueError, match=message):
        make()
