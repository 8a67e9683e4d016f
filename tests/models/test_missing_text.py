"""Nodes without text take no part in text terms, and are recommended all the same."""

import pytest
import torch

from irllrec_pyg.data import INTERACTS, JointGraph, apply_control, mean_of_items, set_features, text_mask
from irllrec_pyg.models import ENHANCERS, Batch, create_backbone, create_enhancer, create_standalone

BATCH = Batch(torch.tensor([0, 1, 2, 2]), torch.tensor([0, 1, 2, 3]), torch.tensor([4, 5, 6, 7]))


@pytest.fixture
def partly(data):
    """Every third user and every other item are without text."""
    for name in ("intent", "profile"):
        user, item = torch.randn(30, 24), torch.randn(20, 24)
        user[::3], item[1::2] = 0.0, 0.0
        set_features(data, name, user, item)
    return data


def gradients(model, graph, batch):
    torch.manual_seed(1)
    terms = model.train()(graph, batch)
    sum(value for name, value in terms.items() if name != "l2").backward()
    return terms


@pytest.mark.parametrize("name", ENHANCERS)
def test_the_row_of_a_missing_text_is_not_read(partly, name):
    graph, found = JointGraph.from_data(partly), []
    for value in (0.0, 7.0):
        torch.manual_seed(0)
        model = create_enhancer(name, create_backbone("lightgcn", partly, embedding_dim=8), partly)
        for buffer in model.buffers():
            if buffer.dim() == 2 and buffer.size(1) == 24:  # features; the mask was computed from them before
                buffer[~text_mask(buffer)] = value
        found.append(gradients(model, graph, BATCH))
    assert found[0].keys() == found[1].keys()
    for term, value in found[0].items():
        assert value.isfinite() and torch.equal(value, found[1][term]), term


@pytest.mark.parametrize("scope", ["batch", "side", "all"])
def test_terms_are_those_of_the_nodes_with_text(partly, scope):
    graph = JointGraph.from_data(partly)
    weights = {"pairwise_weight": 1.0, "translation_weight": 1.0, "matching_weight": 1.0}
    model = create_enhancer(
        "irllrec", create_backbone("lightgcn", partly, embedding_dim=8), partly, scope=scope, noise=0.0, **weights
    )
    seen = []
    model.translation.register_forward_hook(lambda _, inputs, out: seen.append(inputs[0].size(0)))
    gradients(model, graph, BATCH)
    assert seen == {"batch": [2, 4], "side": [20, 10], "all": [30]}[scope]


def test_a_batch_without_any_text(partly):
    graph = JointGraph.from_data(partly)
    batch = Batch(torch.tensor([0, 3]), torch.tensor([1, 3]), torch.tensor([5, 7]))
    for name in ENHANCERS:
        model = create_enhancer(name, create_backbone("lightgcn", partly, embedding_dim=8), partly)
        assert all(value.isfinite() for value in gradients(model, graph, batch).values()), name


def test_everybody_is_recommended(partly):
    graph = JointGraph.from_data(partly)
    models = [create_enhancer(name, create_backbone("lightgcn", partly), partly) for name in ENHANCERS]
    for model in (*models, create_standalone("alpharec", partly)):
        with torch.no_grad():
            score = model.ranker(graph).score(torch.arange(30))
        assert score.isfinite().all() and (score.std(dim=1) > 0).all()


def test_means_and_controls_know_what_is_missing(partly):
    item = partly["item"].intent
    user, taken = partly[INTERACTS].edge_index
    mean = mean_of_items(partly, item)
    for number in range(30):
        rows = [item[i] for u, i in zip(user.tolist(), taken.tolist(), strict=True) if u == number and item[i].any()]
        expected = torch.nn.functional.normalize(torch.stack(rows).sum(0), dim=0) if rows else torch.zeros(24)
        torch.testing.assert_close(mean[number], expected)
    shuffled = apply_control(partly, "shuffled", seed=3)
    for side in ("user", "item"):
        before, after = partly[side].intent, shuffled[side].intent
        assert torch.equal(text_mask(before), text_mask(after)) and not torch.equal(before, after)
        assert torch.equal(before.sum(1).sort().values, after.sum(1).sort().values)


def test_items_without_text_have_embeddings_that_are_trained(partly):
    graph = JointGraph.from_data(partly)
    torch.manual_seed(0)
    backbone = create_backbone("lightgcn", partly, embedding_dim=8)
    model = create_enhancer("text-ranking", backbone, partly, num_layers=0)
    known, weight = text_mask(partly["item"].intent), model.missing.weight
    assert torch.equal(weight.ne(0).any(dim=1), ~known)
    item = model.text_embeddings(graph)[1]
    expected = torch.where(known.unsqueeze(1), model.projector(partly["item"].intent), weight)
    torch.testing.assert_close(item, torch.nn.functional.normalize(expected, dim=1))
    terms = model.train()(graph, BATCH)
    terms["text_ranking"].backward()
    assert weight.grad[known].eq(0).all() and weight.grad[~known].ne(0).any(dim=1).all()
    before = weight.detach().clone()
    model.reset_parameters()
    assert torch.equal(weight[known], before[known]) and not torch.equal(weight[~known], before[~known])


def test_embeddings_of_missing_texts_change_nothing_where_all_items_have_one(data):
    graph, found = JointGraph.from_data(data), []
    for train_missing in (False, True):
        torch.manual_seed(0)
        backbone = create_backbone("lightgcn", data, embedding_dim=8)
        model = create_enhancer("text-ranking", backbone, data, train_missing=train_missing)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.1, fused=True)
        for _ in range(3):
            optimizer.zero_grad()
            sum(model.train()(graph, BATCH).values()).backward()
            optimizer.step()
        found.append(model.ranker(graph).score(torch.arange(4)))
    assert torch.equal(*found) and model.missing.weight.eq(0).all()
