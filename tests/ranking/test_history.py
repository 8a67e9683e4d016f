"""Histories: scores of users whom training did not see, and what every item of a history adds."""

import pytest
import torch

from irllrec_pyg.data import INTERACTS, JointGraph
from irllrec_pyg.models import CLOSED_FORMS, AlphaRec, LightGCN, TextRanking, create_closed_form
from irllrec_pyg.ranking import (
    Blend,
    EmbeddingRanker,
    HistoryRanker,
    PropagatedRanker,
    Standardized,
    check_reads_history,
    history_matrix,
    map_parts,
)
from irllrec_pyg.testing import check_ranker, tiny_data

LINEAR = ["ease", "gf-cf", "item-knn", "l3ae", "rp3-beta"]


def history_of(data, user):
    pairs = data[INTERACTS].edge_index.as_subclass(torch.Tensor)
    return pairs[1, pairs[0] == user].unique()


@pytest.mark.parametrize("name", LINEAR)
def test_closed_forms_split_exactly_and_score_new_users_as_known_ones(name):
    data = tiny_data()
    model, history = create_closed_form(name, data), history_of(data, 3)
    score = model.score(torch.tensor([3]))
    torch.testing.assert_close(model.contributions(3, history).sum(dim=0), score[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(model.score_history(history_matrix([history], 20)), score, rtol=1e-4, atol=1e-5)


def test_every_closed_form_reads_histories():
    data = tiny_data()
    for name in CLOSED_FORMS:
        assert isinstance(create_closed_form(name, data), HistoryRanker), name


@pytest.mark.parametrize("objective", ["bpr", "softmax"])
@pytest.mark.parametrize("readout", ["sum", "mean"])
def test_lightgcn_splits_into_the_own_embedding_and_the_items(objective, readout):
    data = tiny_data()
    graph, history = JointGraph.from_data(data), history_of(data, 3)
    torch.manual_seed(0)
    model = LightGCN(24, 20, num_layers=3, objective=objective, readout=readout)
    ranker = model.ranker(graph)
    check_ranker(ranker, data)
    own = model.embedding[3] / (4.0 if readout == "mean" else 1.0) / ranker.user_scale[3]
    total = ranker.contributions(3, history).sum(dim=0) + ranker.item_embedding @ own
    torch.testing.assert_close(total, ranker.score(torch.tensor([3]))[0], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("objective", ["bpr", "softmax"])
def test_a_user_without_an_own_embedding_is_scored_as_a_new_one(objective):
    data = tiny_data()
    model = LightGCN(24, 20, objective=objective)
    with torch.no_grad():
        model.embedding[3] = 0.0
    ranker = model.ranker(JointGraph.from_data(data))
    found = ranker.score_history(history_matrix([history_of(data, 3)], 20))
    torch.testing.assert_close(found, ranker.score(torch.tensor([3])), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("make", [AlphaRec.from_data, lambda data: TextRanking.from_data(LightGCN(24, 20), data)])
def test_models_that_read_texts_read_histories(make):
    data = tiny_data()
    ranker = make(data).ranker(JointGraph.from_data(data))
    check_ranker(ranker, data)
    assert isinstance(check_reads_history(ranker), HistoryRanker)


def test_embeddings_are_fitted_to_the_history_and_rank_it_first():
    torch.manual_seed(0)
    item = torch.randn(30, 8)
    ranker = EmbeddingRanker(torch.randn(4, 8), item)
    found = ranker.score_history(history_matrix([[3, 7]], 30))[0]
    assert set(found.topk(2).indices.tolist()) == {3, 7}
    gram = item[[3, 7]].T @ item[[3, 7]] + item.T @ item * 2 / 30
    by_hand = torch.linalg.solve(gram.double(), item[[3, 7]].sum(dim=0).double())
    torch.testing.assert_close(
        ranker.embed_history(history_matrix([[3, 7]], 30))[0].double(), by_hand, rtol=0.02, atol=0.02
    )
    parts = ranker.contributions(0, torch.tensor([7, 3])).sum(dim=0)
    torch.testing.assert_close(parts, found)


def test_blends_and_standardised_scores_split_as_their_parts_do():
    data, history = tiny_data(), history_of(tiny_data(), 3)
    parts = [create_closed_form(name, data) for name in ("ease", "gf-cf")]
    blend = Blend([Standardized(part) for part in parts], [0.7, 0.3])
    check_ranker(blend, data)
    total = blend.contributions(3, history).sum(dim=0)
    torch.testing.assert_close(total, blend.score(torch.tensor([3]))[0], rtol=1e-4, atol=1e-5)
    found = blend.score_history(history_matrix([history], 20))
    torch.testing.assert_close(found, blend.score(torch.tensor([3])), rtol=1e-4, atol=1e-5)


def test_messages_of_another_shape_are_named():
    with pytest.raises(ValueError, match="'item_message' and 'user_scale'"):
        PropagatedRanker(torch.eye(2), torch.eye(2), torch.eye(3), torch.ones(2))


def test_a_ranker_that_reads_no_history_is_named():
    class Constant:
        num_users, num_items = 1, 1

        def score(self, user):
            return torch.zeros(user.numel(), 1)

    with pytest.raises(TypeError, match="Constant does not read histories"):
        check_reads_history(Constant())


@pytest.mark.parametrize("item", [-1, 3])
def test_an_item_out_of_range_is_named(item):
    with pytest.raises(ValueError, match="'histories' hold an item id outside 0 ... 2"):
        history_matrix([[0, item]], 3)


def test_parts_are_replaced_at_every_depth_and_kept_where_nothing_changes():
    first, second = EmbeddingRanker(torch.eye(2), torch.eye(2)), EmbeddingRanker(torch.eye(2), 2 * torch.eye(2))
    nested = Blend([Standardized(first), Blend([second, first], [2.0, 0.5])], [1.0, 3.0])
    assert map_parts(nested, lambda part: part) is nested
    found = map_parts(nested, lambda part: second if part is first else part)
    assert found.weights == [1.0, 3.0] and found.parts[0].ranker is second
    assert found.parts[1].parts == [second, second] and found.parts[1].weights == [2.0, 0.5]


def test_no_history_gives_no_rows():
    ranker = EmbeddingRanker(torch.eye(2), torch.eye(2))
    assert ranker.score_history(history_matrix([], 2)).shape == (0, 2)


@pytest.mark.parametrize("user", [[], [3], [5, 0, 17, 5]])
def test_rows_of_the_interactions_are_those_of_the_matrix(user):
    model = create_closed_form("popularity", tiny_data())
    user = torch.tensor(user, dtype=torch.long)
    expected = model.interactions.to_dense()[user]
    assert torch.equal(model.history(user).to_dense(), expected) and model.history(user).is_coalesced()


def test_embeddings_of_histories_solve_their_equations():
    item = torch.randn(9, 3, dtype=torch.double)
    ranker = EmbeddingRanker(torch.randn(2, 3, dtype=torch.double), item)
    history = torch.zeros(2, 9, dtype=torch.double)
    history[0, [1, 4]] = 1.0
    history[1, [0, 2, 8]] = torch.tensor([0.5, 2.0, 1.0], dtype=torch.double)
    gram = item.t() @ item
    epsilon = 1e-3 * gram.diagonal().mean() / 9
    for row, found in zip(history, ranker.embed_history(history.to_sparse()), strict=True):
        matrix = item.t() @ row.diag() @ item + gram * row.sum() / 9 + epsilon * torch.eye(3)
        torch.testing.assert_close(found, torch.linalg.solve(matrix, item.t() @ row))


@pytest.mark.parametrize("side", ["user_embedding", "item_embedding"])
def test_embeddings_that_are_not_finite_are_named(side):
    embeddings = {"user_embedding": torch.ones(2, 3), "item_embedding": torch.ones(4, 3)}
    embeddings[side][1, 1] = torch.nan
    with pytest.raises(ValueError, match=f"'{side}' "):
        EmbeddingRanker(**embeddings)


@pytest.mark.parametrize("name", LINEAR)
def test_weights_are_those_of_the_config_and_not_of_a_state(name):
    assert not create_closed_form(name, tiny_data()).state_dict()


def test_rankers_of_embeddings_have_no_state():
    assert not EmbeddingRanker(torch.eye(2), torch.eye(2)).state_dict()
    assert not PropagatedRanker(torch.eye(2), torch.eye(2), torch.eye(2), torch.ones(2)).state_dict()
