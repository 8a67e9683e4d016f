"""What is kept of a teacher, against plain Python."""

from __future__ import annotations

import math

import pytest
import torch

from irllrec_pyg.distillation import teacher_head
from irllrec_pyg.ranking import EmbeddingRanker, UserItemIndex, top_k
from tests.conftest import random_pairs


def test_probabilities_in_plain_python():
    teacher, exclude = torch.randn(7, 9), random_pairs(7, 9, 5)
    ranker = EmbeddingRanker(teacher, torch.eye(9))
    head = teacher_head(ranker, 3, temperature=0.8, rest_weight=0.25, exclude=UserItemIndex(exclude, 7, 9))
    assert torch.equal(head.top(3), top_k(ranker, torch.arange(7), 3, exclude)[0])
    for row in range(7):
        score = {i: float(teacher[row, i]) for i in range(9) if [row, i] not in exclude.t().tolist()}
        mean = sum(score.values()) / len(score)
        deviation = math.sqrt(sum((value - mean) ** 2 for value in score.values()) / len(score))
        odds = {i: math.exp((value - mean) / deviation / 0.8) for i, value in score.items()}
        best = sorted(odds, key=lambda i: -odds[i])[:3]
        mass = sum(odds[i] if i in best else 0.25 * odds[i] for i in odds)
        assert head.prob[row].tolist() == pytest.approx([odds[i] / mass for i in best], rel=1e-4)


def test_rest_weight_of_zero_leaves_nothing_outside():
    head = teacher_head(EmbeddingRanker(torch.randn(5, 3), torch.randn(12, 3)), 4, rest_weight=0.0)
    torch.testing.assert_close(head.prob.sum(dim=1), torch.ones(5))
    assert head.prob.diff(dim=1).le(0).all()


def test_short_lists_end_with_zeros():
    exclude = UserItemIndex(torch.tensor([[0, 0, 1, 1, 1], [0, 1, 0, 1, 2]]), 2, 3)
    head = teacher_head(EmbeddingRanker(torch.randn(2, 4), torch.randn(3, 4)), 3, exclude=exclude)
    assert head.top(3).tolist() == [[2, -1, -1], [-1, -1, -1]]
    assert head.prob.tolist() == [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]


def test_equal_scores_are_equally_probable():
    head = teacher_head(EmbeddingRanker(torch.full((1, 3), 0.1), torch.full((7, 3), 1e4)), 2, rest_weight=1.0)
    torch.testing.assert_close(head.prob, torch.full((1, 2), 1 / 7))


def test_small_temperature_keeps_every_item_possible():
    head = teacher_head(EmbeddingRanker(torch.ones(1, 1), torch.arange(9.0).unsqueeze(1)), 9, temperature=1e-3)
    assert head.top(9).tolist() == [list(range(8, -1, -1))] and head.prob[0, 0] == 1.0


def test_scale_and_offset_of_a_user_s_scores_change_nothing():
    scores = torch.randn(7, 9)
    moved = scores * torch.rand(7, 1).mul(5).exp() + torch.randn(7, 1)
    first, second = (teacher_head(EmbeddingRanker(teacher, torch.eye(9)), 4) for teacher in (scores, moved))
    assert torch.equal(first.item, second.item)
    torch.testing.assert_close(first.prob, second.prob, rtol=1e-4, atol=0.0)
