"""Distillation of a ranker into embeddings, on teachers whose best items are known."""

from __future__ import annotations

import sys

import pytest
import torch

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.distillation import compact
from irllrec_pyg.models import EASE
from irllrec_pyg.ranking import Blend, EmbeddingRanker, top_k
from irllrec_pyg.testing import check_ranker


class Matrix:
    """Scores that are given, and the largest number of users that were scored at once."""

    def __init__(self, scores):
        self.scores, (self.num_users, self.num_items), self.largest, self.count = scores, scores.shape, 0, 0

    def score(self, user):
        self.largest, self.count = max(self.largest, user.numel()), self.count + user.numel()
        return self.scores[user].clone()


@pytest.fixture
def low_rank():
    """40 users, 30 items, and scores of rank 4."""
    return Matrix(torch.randn(40, 4) @ torch.randn(4, 30))


def lists(ranker, k, exclude=None):
    """The best items of all users."""
    return top_k(ranker, torch.arange(ranker.num_users), k, exclude)[0]


def shared(first, second):
    """Share of items of the first lists that are in the second."""
    return float((first.unsqueeze(2) == second.unsqueeze(1)).any(dim=2).float().mean())


def test_a_student_of_the_teacher_s_rank_has_its_order(low_rank):
    student = compact(low_rank, dim=6, rest_weight=1.0, batch_size=8, epochs=300, patience=60, progress=False)
    same = (lists(student, 10) == lists(low_rank, 10)).float().mean()
    assert float(same) > 0.9, "the items are the same, place by place"


def test_its_scores_are_the_teacher_s_standardized_scores(low_rank):
    student = compact(
        low_rank, dim=6, temperature=0.5, rest_weight=1.0, batch_size=8, epochs=150, patience=30, progress=False
    )
    scores = low_rank.scores
    expected = (scores - scores.mean(1, keepdim=True)) / scores.std(1, correction=0, keepdim=True) / 0.5
    found = student.score(torch.arange(40))
    found = found - found.mean(1, keepdim=True)
    assert float((found - expected).abs().mean()) < 0.15
    assert float(expected.abs().mean()) > 1.0


def test_a_blend_with_ease_keeps_its_lists(data):
    pairs = data[INTERACTS].edge_index
    teacher = Blend([EmbeddingRanker(torch.randn(30, 3), torch.randn(20, 3)), EASE.from_data(data, l2_weight=5.0)])
    student = compact(teacher, 16, pairs, batch_size=10, epochs=200, patience=40, progress=False)
    check_ranker(student, data)
    assert shared(lists(teacher, 5, pairs), lists(student, 5, pairs)) > 0.9
    untrained = compact(teacher, 1, pairs, batch_size=10, epochs=1, progress=False)
    assert shared(lists(teacher, 5, pairs), lists(untrained, 5, pairs)) < 0.9, "the width matters"


def test_never_more_than_a_tile_is_scored_and_every_user_once(low_rank, monkeypatch):
    monkeypatch.setattr(sys.modules[top_k.__module__], "_TILE_ELEMENTS", 7 * 30)
    compact(low_rank, dim=4, epochs=3, progress=False)
    assert low_rank.largest == 7 and low_rank.count == 40


def test_excluded_items_are_ignored(low_rank):
    """What the teacher says of an excluded item changes nothing."""
    exclude = torch.stack([torch.arange(40), torch.arange(40) % 30])
    changed = low_rank.scores.clone()
    changed[exclude[0], exclude[1]] = torch.linspace(-50.0, 50.0, 40)
    first, second = (compact(teacher, 5, exclude, epochs=4, progress=False) for teacher in (low_rank, Matrix(changed)))
    assert torch.equal(first.user_embedding, second.user_embedding)
    assert torch.equal(first.item_embedding, second.item_embedding)
    assert not torch.equal(first.item_embedding, compact(low_rank, 5, epochs=4, progress=False).item_embedding)


def test_same_seed_same_student_and_the_caller_s_random_state_stays(low_rank):
    state = torch.get_rng_state()
    first, again, other = (compact(low_rank, 5, epochs=3, seed=seed, progress=False) for seed in (1, 1, 2))
    assert torch.equal(state, torch.get_rng_state())
    assert torch.equal(first.user_embedding, again.user_embedding)
    assert torch.equal(first.item_embedding, again.item_embedding)
    assert not torch.equal(first.item_embedding, other.item_embedding)


def test_texts_reach_the_items_that_have_one(low_rank):
    features = torch.randn(30, 12)
    features[7] = 0.0
    plain = compact(low_rank, 4, epochs=1, lr=1e-6, progress=False)
    texts = compact(low_rank, 4, features=features, epochs=1, lr=1e-6, progress=False)
    torch.testing.assert_close(plain.item_embedding, texts.item_embedding, atol=1e-3, rtol=0.0)
    trained = compact(low_rank, 4, features=features, batch_size=8, epochs=150, patience=30, progress=False)
    assert shared(lists(low_rank, 5), lists(trained, 5)) > 0.9


def test_forbidden_items_of_the_teacher_stay_out():
    scores = torch.randn(12, 9)
    scores[:, 2] = -torch.inf
    student = compact(Matrix(scores), 8, head_size=9, epochs=200, patience=40, progress=False)
    assert not (lists(student, 5) == 2).any()


def test_users_with_nothing_left_to_recommend():
    scores, exclude = torch.randn(6, 5), torch.tensor([[0, 0, 0, 0, 0, 1, 1, 1, 1], [0, 1, 2, 3, 4, 0, 1, 2, 3]])
    student = compact(Matrix(scores), 4, exclude, epochs=30, progress=False)
    assert lists(student, 1, exclude)[:2].tolist() == [[5], [4]]


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_a_teacher_that_diverged(value):
    scores = torch.randn(6, 5)
    scores[4, 3] = value
    with pytest.raises(ValueError, match="Matrix gives scores that are NaN or infinity"):
        compact(Matrix(scores), 2, progress=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dim": 0}, r"'dim' must lie between 1 and the smaller of the numbers of users and items, 30 \(got 0\)"),
        ({"dim": 31}, r"30 \(got 31\)"),
        ({"exclude": [[40], [0]]}, "'exclude' holds the user id 40, but there are 40 users"),
        ({"exclude": [[0], [30]]}, "'exclude' holds the item id 30, but there are 30 items"),
        ({"features": torch.ones(29, 3)}, r"'features' must have one finite row for each of the 30 items .got \[29"),
        ({"features": torch.full((30, 3), torch.nan)}, "with NaN or infinity"),
        ({"temperature": 0.0}, "'temperature' must be above 0"),
        ({"rest_weight": 1.5}, "'rest_weight' must lie between 0 and 1"),
        ({"head_size": 0}, "'head_size' must be at least 1"),
        ({"lr": -1.0}, "'lr' must be above 0"),
        ({"batch_size": 0}, "'batch_size' must be at least 1"),
        ({"epochs": 0}, "'epochs' must be at least 1"),
        ({"eval_every": 0}, "'eval_every' must be at least 1"),
        ({"patience": 0}, "'patience' must be at least 1"),
        ({"max_seconds": 0.0}, "'max_seconds' must be above 0"),
    ],
)
def test_errors(low_rank, arguments, message):
    with pytest.raises(ValueError, match=message):
        compact(low_rank, **{"dim": 4, "progress": False, **arguments})
