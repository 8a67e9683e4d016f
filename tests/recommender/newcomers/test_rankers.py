"""Rankers with new users or new items."""

from copy import copy

import pytest
import torch

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.models import EASE, Popularity
from irllrec_pyg.ranking import EmbeddingRanker, history_matrix
from irllrec_pyg.recommender.newcomers import WithNewItems, WithNewUsers
from irllrec_pyg.testing import check_ranker, tiny_data


def larger(**more):
    data = tiny_data()
    for side, count in more.items():
        data[side].num_nodes += count
    return data


def with_items(offset=0.3):
    mixing, stand_in = torch.randn(20, 2), torch.rand(2, 20)
    return WithNewItems(EASE.from_data(tiny_data()), mixing, offset, stand_in)


def test_items_keep_the_contract():
    check_ranker(with_items(), larger(item=2))


def test_users_keep_the_contract():
    pairs = torch.tensor([[0, 0, 1], [3, 5, 12]])
    ranker = WithNewUsers(EASE.from_data(tiny_data()), 2, pairs, torch.randn(2, 20), torch.tensor([0.0, 0.4]))
    check_ranker(ranker, larger(user=2))
    check_ranker(WithNewItems(ranker, torch.randn(20, 1)), larger(user=2, item=1))


def test_scores_of_known_items_stay_and_new_ones_are_mixtures():
    ranker = with_items()
    user = torch.tensor([4, 9])
    score, known = ranker.score(user), ranker.ranker.score(user)
    assert torch.equal(score[:, :20], known)
    for row in range(2):
        values = known[row].double()
        mean, deviation = values.mean(), values.std(correction=0)
        for column in range(2):
            mixed = sum(
                float(weight * (value - mean) / deviation)
                for weight, value in zip(ranker.mixing[:, column], values, strict=True)
            )
            assert float(score[row, 20 + column]) == pytest.approx(float(mean + deviation * (0.3 + mixed)), abs=1e-4)


def test_a_copy_of_a_known_item_scores_as_it_does():
    mixing = torch.zeros(20, 1)
    mixing[7] = 1.0
    score = WithNewItems(EASE.from_data(tiny_data()), mixing).score(torch.arange(24))
    torch.testing.assert_close(score[:, 20], score[:, 7])


def test_new_item_in_a_history_stands_for_known_ones():
    stand_in = torch.zeros(1, 20)
    stand_in[0, 7] = 1.0
    ranker = WithNewItems(EASE.from_data(tiny_data()), torch.randn(20, 1), stand_in=stand_in)
    found = ranker.score_history(history_matrix([[3, 20], [3]], 21))
    expected = ranker.score_history(history_matrix([[3, 7], [3]], 21))
    torch.testing.assert_close(found, expected)


def test_contributions_sum_to_the_score_up_to_the_part_of_the_user():
    ranker, data = with_items(offset=0.0), tiny_data()
    user, item = data[INTERACTS].edge_index
    parts = ranker.contributions(4, item[user == 4])
    torch.testing.assert_close(parts.sum(dim=0), ranker.score(torch.tensor([4]))[0], atol=1e-4, rtol=1e-4)


def test_new_user_scores_as_their_history():
    ease, history = EASE.from_data(tiny_data()), [3, 5, 12]
    pairs = torch.tensor([[1, 1, 1], history])
    ranker = WithNewUsers(ease, 2, pairs)
    expected = ease.score_history(history_matrix([history], 20))[0]
    torch.testing.assert_close(ranker.score(torch.tensor([25, 3]))[0], expected)
    torch.testing.assert_close(ranker.score(torch.tensor([25, 3]))[1], ease.score(torch.tensor([3]))[0])
    torch.testing.assert_close(ranker.contributions(25, torch.tensor(history)).sum(dim=0), expected)


def test_text_and_history_are_blended():
    ease, text = EASE.from_data(tiny_data()), torch.randn(1, 20)
    ranker = WithNewUsers(ease, 1, torch.tensor([[0], [3]]), text, torch.tensor([0.25]))
    by_history = ease.score_history(history_matrix([[3]], 20))[0]
    by_history = (by_history - by_history.mean()) / by_history.std(correction=0)
    torch.testing.assert_close(ranker.score(torch.tensor([24]))[0], 0.75 * by_history + 0.25 * text[0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda ranker: WithNewItems(ranker, torch.ones(3, 1)), "'mixing' must have one row"),
        (lambda ranker: WithNewItems(ranker, torch.full((20, 1), torch.nan)), "finite"),
        (lambda ranker: WithNewItems(ranker, torch.ones(20, 1), stand_in=-torch.ones(1, 20)), "'stand_in'"),
        (lambda ranker: WithNewUsers(ranker, 1, torch.tensor([[1], [0]])), "'pairs' holds the user id 1"),
        (lambda ranker: WithNewUsers(ranker, 1, torch.tensor([[0], [0]]), torch.ones(1, 3)), "'text_score'"),
        (lambda ranker: WithNewUsers(ranker, 1, torch.tensor([[0], [0]]), None, torch.tensor([2.0])), "'text_weight'"),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make(Popularity.from_data(tiny_data()))


def test_users_need_a_ranker_of_histories():
    plain = copy(EmbeddingRanker(torch.eye(2), torch.eye(2)))

    class OnlyScores:
        num_users, num_items, score = 2, 2, plain.score

    with pytest.raises(TypeError, match="does not read histories"):
        WithNewUsers(OnlyScores(), 1, torch.tensor([[0], [0]]))
