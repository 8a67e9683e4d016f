"""New items as mixtures of known ones."""

import torch

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.ranking import EmbeddingRanker
from irllrec_pyg.recommender.newcomers.item_mixing import TextMixing, UserMixing
from irllrec_pyg.recommender.newcomers.text_neighbors import neighbor_scores, softmax_neighbors
from irllrec_pyg.recommender.newcomers.text_regression import TextRegression
from irllrec_pyg.testing import tiny_data


def test_weights_solve_the_ridge_regression():
    text, new = torch.randn(9, 4), torch.randn(2, 4)
    score = torch.randn(5, 9)
    predicted = score @ TextMixing(text).weights(new, ridge=0.7)
    x, y = text.double(), score.double().t()
    coefficient = torch.linalg.solve(x.t() @ x + 0.7 * torch.eye(4, dtype=torch.double), x.t() @ y)
    torch.testing.assert_close(predicted.double(), (new.double() @ coefficient).t(), atol=1e-4, rtol=1e-4)


def test_left_out_weights_are_those_without_the_item():
    text = torch.randn(9, 4)
    found = TextMixing(text).left_out(torch.tensor([6, 2]), ridge=0.7)
    for column, item in enumerate((6, 2)):
        without = text.clone()
        without[item] = 0.0
        expected = TextMixing(without).weights(text[[item]], ridge=0.7)[:, 0]
        torch.testing.assert_close(found[:, column], expected, atol=1e-4, rtol=1e-4)


def test_items_without_text_have_no_weight():
    text = torch.randn(5, 3)
    text[2] = 0.0
    weight = TextMixing(text).weights(torch.randn(1, 3), ridge=1.0)
    assert weight[2] == 0 and weight.ne(0).sum() == 4


def test_user_weights_count_what_users_took_too():
    data = tiny_data()
    pairs = set(map(tuple, data[INTERACTS].edge_index.t().tolist()))
    users, items = [u for u, _ in pairs], [i for _, i in pairs]
    expected = torch.zeros(20)
    for user in (0, 4):
        for taker, item in pairs:
            if taker == user:
                expected[item] += 1 / (users.count(user) * items.count(item)) ** 0.5
    found = UserMixing(data).weights([torch.tensor([0, 4]), torch.tensor([], dtype=torch.long)])
    torch.testing.assert_close(found[:, 0], expected / expected.norm())
    assert found[:, 1].eq(0).all()
    assert UserMixing(data).weights([torch.tensor([0])], torch.tensor([int(expected.argmax())]))[expected.argmax()] == 0


def test_regression_leaves_users_out():
    ranker = EmbeddingRanker(torch.randn(12, 3), torch.randn(7, 3))
    text, out = torch.randn(12, 4), torch.tensor([1, 8])
    rest = torch.tensor([user for user in range(12) if user not in (1, 8)])
    both = TextRegression(ranker, text, torch.arange(12), out)
    query = torch.randn(2, 4)
    torch.testing.assert_close(
        both.predict(query, 2.0, leave_out=True), TextRegression(ranker, text, rest).predict(query, 2.0)
    )
    score = ranker.score(torch.arange(12)).double()
    score = (score - score.mean(1, keepdim=True)) / score.std(1, correction=0, keepdim=True)
    x, mean = text.double(), score.mean(dim=0)
    solved = torch.linalg.solve(x.t() @ x + 2.0 * torch.eye(4, dtype=torch.double), x.t() @ (score - mean))
    expected = mean + query.double() @ solved
    torch.testing.assert_close(both.predict(query, 2.0).double(), expected, atol=1e-4, rtol=1e-4)


def test_neighbors_are_weighted_by_a_softmax():
    known = torch.eye(4)
    known[3] = 0.0
    weight = softmax_neighbors(torch.tensor([[0.9, 0.5, 0.1, 0.0]]), known, temperature=0.5, most=2)
    first = torch.tensor([0.9, 0.5]).div(0.5).exp()
    torch.testing.assert_close(weight[0], torch.tensor([*(first / first.sum()), 0.0, 0.0]))
    ranker = EmbeddingRanker(torch.randn(4, 3), torch.randn(6, 3))
    score = ranker.score(torch.arange(4))
    score = (score - score.mean(1, keepdim=True)) / score.std(1, correction=0, keepdim=True)
    torch.testing.assert_close(neighbor_scores(ranker, torch.arange(4), [weight])[0], weight @ score)
