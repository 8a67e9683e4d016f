"""RankingMatching against plain torch, and what its teacher and its ranker are."""

import pytest
import torch

from irllrec_pyg.data import JointGraph
from irllrec_pyg.models import LightGCN, RankingMatching
from irllrec_pyg.models.enhancers import ranking_matching
from irllrec_pyg.models.enhancers.intent_views import draw_ids
from irllrec_pyg.testing import tiny_batch, tiny_data


@pytest.fixture
def data():
    return tiny_data()


def build(data, **settings):
    torch.manual_seed(0)
    return RankingMatching.from_data(LightGCN(24, 20, embedding_dim=8), data, **settings)


def divergence(model, graph, user):
    """The divergence over single items, in double precision."""
    encoding = model.encode(graph)
    teacher = [side.double() for side in model.text_embeddings(graph, model.teacher["projector"])]
    q = (teacher[0][user] @ teacher[1].t() / model.temperature).softmax(dim=1)
    log_p = (encoding.user[user].double() @ encoding.item.double().t() / model.student_temperature).log_softmax(dim=1)
    return (q * (q.log() - log_p)).sum(dim=1).mean().item()


@pytest.mark.parametrize("temperature", [1.0, 0.3])
def test_matching_is_the_divergence_of_softmaxes(data, temperature, monkeypatch):
    graph, batch = JointGraph.from_data(data), tiny_batch(data)
    model = build(data, head_size=20, student_temperature=temperature, matching_weight=0.7)
    terms = model.train()(graph, batch)
    user = batch.user.unique()
    assert terms["ranking_matching"].item() == pytest.approx(0.7 * divergence(model, graph, user), rel=1e-4)
    monkeypatch.setattr(ranking_matching, "tile_rows", lambda item: 3)
    tiled = model(graph, batch)["ranking_matching"]
    torch.testing.assert_close(tiled, terms["ranking_matching"])


def test_a_head_is_a_lower_bound(data):
    graph, batch = JointGraph.from_data(data), tiny_batch(data)
    values = [build(data, head_size=size)(graph, batch)["ranking_matching"].item() for size in (3, 8, 20)]
    assert 0.0 < values[0] < values[1] < values[2]


def test_only_the_student_receives_the_gradient_of_matching(data):
    graph, batch, model = JointGraph.from_data(data), tiny_batch(data), build(data)
    model(graph, batch)["ranking_matching"].backward()
    assert model.backbone.embedding.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in model.projector.parameters())


def test_the_teacher_follows_the_projector(data):
    graph, batch, model = JointGraph.from_data(data), tiny_batch(data), build(data, momentum=0.9)
    before = next(model.teacher["projector"].module.parameters()).clone()
    student = next(model.projector.parameters())
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    sum(model(graph, batch).values()).backward()
    optimizer.step()
    model.after_step()
    after = next(model.teacher["projector"].module.parameters())
    torch.testing.assert_close(after, 0.9 * before + 0.1 * student.detach())
    model.reset_parameters()
    assert torch.equal(next(model.teacher["projector"].module.parameters()), next(model.projector.parameters()))


def test_the_ranker_is_that_of_the_wrapped_model(data):
    graph, user = JointGraph.from_data(data), torch.arange(24)
    model = build(data)
    torch.testing.assert_close(model.ranker(graph).score(user), model.backbone.ranker(graph).score(user))
    both = build(data, score_weight=2.0)
    assert not torch.allclose(both.ranker(graph).score(user), both.backbone.ranker(graph).score(user))


def test_the_student_comes_to_rank_as_its_teacher(data):
    graph, batch, model = JointGraph.from_data(data), tiny_batch(data), build(data, head_size=20)
    optimizer, user = torch.optim.Adam([model.backbone.embedding], lr=0.05), batch.user.unique()
    before = divergence(model, graph, user)
    for _ in range(200):
        optimizer.zero_grad()
        model(graph, batch)["ranking_matching"].backward()
        optimizer.step()
    assert divergence(model, graph, user) < 0.1 * before


def test_without_a_weight_there_is_no_teacher(data):
    model = build(data, matching_weight=0.0)
    terms = model(JointGraph.from_data(data), tiny_batch(data))
    assert "ranking_matching" not in terms and not len(model.teacher)


def test_a_step_draws_some_users(data):
    assert draw_ids(torch.arange(9), 4).unique().numel() == 4
    assert torch.equal(draw_ids(torch.arange(3), 4), torch.arange(3))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"matching_weight": -1.0}, "'matching_weight'"),
        ({"student_temperature": 0.0}, "'student_temperature'"),
        ({"matching_size": 0}, "'matching_size'"),
        ({"head_size": 0}, "'head_size'"),
    ],
)
def test_arguments_are_checked(data, settings, message):
    with pytest.raises(ValueError, match=message):
        build(data, **settings)
