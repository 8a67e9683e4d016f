"""Early stopping, time limit, and the overlap of lists."""

from __future__ import annotations

import sys

import pytest
import torch

from irllrec_pyg.distillation import Student, TeacherHead, factorize, fit_student, overlap, teacher_head
from irllrec_pyg.ranking import EmbeddingRanker, UserItemIndex

NONE = torch.empty(2, 0, dtype=torch.long)


@pytest.fixture
def head():
    """Head of a teacher of rank 3."""
    return teacher_head(EmbeddingRanker(torch.randn(24, 3), torch.randn(15, 3)), size=10, rest_weight=1.0)


def student_of(head, dim=5):
    return Student(*factorize(head, 15, dim), torch.arange(24).split(8))


def epochs_of(fit, monkeypatch):
    """Number of epochs that a call trains."""
    module, count = sys.modules[fit_student.__module__], []
    loss = module.ranking_distillation_loss
    monkeypatch.setattr(module, "ranking_distillation_loss", lambda *arguments: count.append(None) or loss(*arguments))
    fit()
    return len(count) / 3


def test_training_brings_the_lists_closer(head):
    student = student_of(head)
    before = overlap(student.ranker(), head, torch.arange(24), k=5)
    after = overlap(fit_student(student, head, NONE, epochs=60, progress=False), head, torch.arange(24), k=5)
    assert after > before


def test_it_stops_where_nothing_grows(head, monkeypatch):
    fit = lambda: fit_student(student_of(head), head, NONE, lr=1e-12, eval_every=2, patience=3, progress=False)  # noqa: E731
    assert epochs_of(fit, monkeypatch) == 8  # the first measurement is the best


def test_time_limit(head, monkeypatch):
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(sys.modules[fit_student.__module__].time, "perf_counter", lambda: float(next(clock)))
    fit = lambda: fit_student(student_of(head), head, NONE, max_seconds=35.0, progress=False)  # noqa: E731
    assert epochs_of(fit, monkeypatch) == 3


def test_users_outside_a_step_stay(head):
    """A step moves the users of its batch only, whatever Adam remembers of the others."""
    student = student_of(head)
    optimizer = torch.optim.Adam(student.parameters(), fused=True)
    for batch in (0, 1):
        before = [user.detach().clone() for user in student.user]
        optimizer.zero_grad()
        (student.user[batch] @ student.items().t()).square().sum().backward()
        optimizer.step()
        assert [not torch.equal(old, new) for old, new in zip(before, student.user, strict=True)] == [
            number == batch for number in range(3)
        ]


def test_the_ranker_has_the_order_of_the_users():
    user, order = torch.randn(9, 2), torch.randperm(9)
    ranker = Student(user, torch.randn(4, 2), order.split(4)).ranker()
    assert torch.equal(ranker.user_embedding, user)


def test_texts_are_added_to_the_items_that_have_one():
    item, features = torch.randn(4, 2), torch.randn(4, 6)
    features[1] = 0.0
    student = Student(torch.randn(9, 2), item, torch.arange(9).split(9), features)
    torch.testing.assert_close(student.items(), item)  # at the start
    torch.nn.init.ones_(student.projector.lin2.weight)
    known = torch.tensor([0, 2, 3])
    unit = torch.nn.functional.normalize(features[known] - features[known].mean(dim=0), dim=1)
    torch.testing.assert_close(student.items()[known], item[known] + student.projector(unit))
    assert torch.equal(student.ranker().item_embedding[1], item[1])


def test_training_moves_the_projection_of_texts(head):
    student = Student(*factorize(head, 15, 5), torch.arange(24).split(8), torch.randn(15, 6))
    fit_student(student, head, NONE, epochs=2, progress=False)
    assert not torch.allclose(student.items(), student.item)


def test_overlap_counts_what_can_be_recommended():
    head = TeacherHead(torch.tensor([[2, 1], [0, 3], [1, 0]]), torch.tensor([[0.7, 0.2], [1.0, 0.0], [0.0, 0.0]]))
    ranker = EmbeddingRanker(torch.ones(3, 1), torch.tensor([[1.0], [4.0], [3.0], [2.0]]))
    assert overlap(ranker, head, torch.tensor([0]), k=2) == 1.0
    assert overlap(ranker, head, torch.tensor([0]), torch.tensor([[0], [1]]), k=2) == 0.5
    assert overlap(ranker, head, torch.tensor([1]), k=2) == 0.0
    assert overlap(ranker, head, torch.tensor([0, 1, 2]), k=2) == 0.5, "the last user has no list"
    assert overlap(ranker, head, torch.tensor([2]), k=2) == 1.0


def test_start_has_the_logits_of_the_head():
    """With all directions, the start gives the logits back, and an excluded item is worth the best one."""
    teacher, exclude = torch.randn(6, 5), torch.tensor([[0, 3], [1, 4]])
    index = UserItemIndex(exclude, 6, 5)
    head = teacher_head(EmbeddingRanker(teacher, torch.eye(5)), 3, temperature=1.0, exclude=index)
    user, item = factorize(head, 5, 5, exclude)
    for row in range(6):
        allowed = [i for i in range(5) if [row, i] not in exclude.t().tolist()]
        scores = teacher[row, allowed]
        z = dict(zip(allowed, ((scores - scores.mean()) / scores.std(correction=0)).tolist(), strict=True))
        best = sorted(allowed, key=lambda i: -z[i])[:3]
        expected = [z[i] - z[best[-1]] if i in best else 0.0 for i in range(5) if i in allowed]
        found = user[row] @ item.t()
        torch.testing.assert_close(found[allowed], torch.tensor(expected), atol=0.02, rtol=0.0)
        for i in set(range(5)) - set(allowed):
            assert float(found[i]) == pytest.approx(z[best[0]] - z[best[-1]], abs=0.02)
