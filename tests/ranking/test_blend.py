"""Weighted sums of rankers."""

import json
import pickle
from copy import deepcopy

import pytest
import torch

from irllrec_pyg._config import from_config
from irllrec_pyg.models import CLOSED_FORMS, Popularity, create_backbone, create_closed_form
from irllrec_pyg.ranking import Blend, EmbeddingRanker, evaluate, top_k
from irllrec_pyg.testing import check_ranker

USERS = torch.arange(30)


class Plain:
    """A ranker that is no module."""

    num_users, num_items = 30, 20

    def __init__(self):
        self.scores, self.calls = torch.randn(30, 20), 0

    def score(self, user):
        self.calls += 1
        return self.scores[user]


@pytest.fixture
def parts(data, graph):
    """Rankers of three kinds."""
    model = create_backbone("lightgcn", data, embedding_dim=8).ranker(graph)
    return [model, create_closed_form("ease", data), Plain()]


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_contract(name, data, graph):
    model = create_backbone("lightgcn", data, embedding_dim=8).ranker(graph)
    check_ranker(Blend([model, create_closed_form(name, data)], [1.0, 2.0]), data)


def test_scores_are_the_weighted_sum(parts):
    blend = Blend(parts, [0.5, 2.0, 3.0])
    expected = 0.5 * parts[0].score(USERS) + 2.0 * parts[1].score(USERS) + 3.0 * parts[2].score(USERS)
    torch.testing.assert_close(blend.score(USERS), expected)
    torch.testing.assert_close(Blend(parts).score(USERS), sum(part.score(USERS) for part in parts))


def test_blends_nest(parts):
    nested = Blend([Blend(parts[:2], [1.0, 4.0]), parts[2]], [0.5, 3.0])
    torch.testing.assert_close(nested.score(USERS), Blend(parts, [0.5, 2.0, 3.0]).score(USERS))


def test_a_part_of_weight_zero_is_not_scored(parts):
    blend = Blend([parts[2], *parts[:2]], [0.0, 1.0, 2.0])
    torch.testing.assert_close(blend.score(USERS), Blend(parts[:2], [1.0, 2.0]).score(USERS))
    assert parts[2].calls == 0


def test_embeddings_where_all_parts_have_them(data):
    first = EmbeddingRanker(torch.randn(30, 4), torch.randn(20, 4))
    second = create_closed_form("semantic-only", data)
    blend = Blend([Blend([first, second], [0.0, 2.0]), first], [3.0, 0.5])
    assert blend.user_embedding.shape == (30, 4 + 12 + 4)
    torch.testing.assert_close(blend.user_embedding @ blend.item_embedding.t(), blend.score(USERS))
    without = Blend([first, create_closed_form("ease", data)])
    assert not hasattr(without, "user_embedding") and not hasattr(without, "item_embedding")


def test_modules_among_the_parts_move_with_the_blend(parts):
    blend = Blend([Blend(parts), parts[0]])
    assert blend.to(torch.float64) is blend
    assert {buffer.dtype for buffer in blend.buffers() if buffer.is_floating_point()} == {torch.float64}
    assert parts[0].user_embedding.dtype == torch.float64 and blend.score(USERS).dtype == torch.float64
    assert [type(part).__name__ for part in blend.parts[0].parts] == ["PropagatedRanker", "EASE", "Plain"]


def test_copies_and_config(parts, data):
    blend = Blend(
        [Blend(parts[:2], [1.0, 2.0]), Popularity(data["user", "interacts", "item"].edge_index, 30, 20)], [1, 0.1]
    )
    tensors = {}
    config = json.loads(json.dumps(blend.config(tensors)))
    for copy in (deepcopy(blend), pickle.loads(pickle.dumps(blend)), from_config(config, tensors)):
        torch.testing.assert_close(copy.score(USERS), blend.score(USERS))
        assert copy.identity() == blend.identity() and repr(copy) == repr(blend)
    assert Blend(blend.parts, [1, 0.2]).identity() != blend.identity()
    assert Blend(blend.parts[::-1], [0.1, 1]).identity() != blend.identity()
    with pytest.raises(TypeError, match="Blend cannot be described: .* Plain"):
        Blend(parts).config()


def test_ranking_and_metrics_are_those_of_the_blend(parts, data):
    edges, ease = data["user", "interacts", "item"], parts[1]
    heavy = Blend(parts, [1.0, 1e6, 1.0])
    assert torch.equal(top_k(heavy, USERS, k=3)[0], ease.score(USERS).topk(3).indices)
    labels = edges.test_label_index, edges.edge_index
    assert evaluate(heavy, *labels) == evaluate(ease, *labels) != evaluate(parts[0], *labels)


def test_bad_arguments(parts):
    with pytest.raises(ValueError, match=r"one weight for each \(got 3 parts and 2 weights\)"):
        Blend(parts, [1.0, 2.0])
    with pytest.raises(ValueError, match="'parts' must hold at least one ranker"):
        Blend([])
    for weights in ([1.0, -1.0, 1.0], [1.0, float("nan"), 1.0], [1.0, float("inf"), 1.0], [0.0, 0.0, 0.0]):
        with pytest.raises(ValueError, match="'weights' must be finite, not negative, and not all zero"):
            Blend(parts, weights)
    with pytest.raises(ValueError, match=r"different numbers of users and items, \[\(30, 20\), \(30, 21\)\]"):
        Blend([parts[0], EmbeddingRanker(torch.ones(30, 2), torch.ones(21, 2))])
