"""MomentumCopy against the recurrence of Eq. 18."""

import pytest
import torch
from torch import nn

from irllrec_pyg.nn import MomentumCopy


def test_follows_the_recurrence():
    student = nn.Linear(3, 2)
    teacher = MomentumCopy(student, decay=0.9)
    expected = student.weight.detach().clone()
    torch.testing.assert_close(teacher.module.weight, expected)
    for _ in range(4):
        with torch.no_grad():
            student.weight.add_(torch.randn_like(student.weight))
        teacher.update_parameters(student)
        expected = 0.9 * expected + 0.1 * student.weight.detach()
        torch.testing.assert_close(teacher.module.weight, expected)


def test_is_frozen_and_stays_in_evaluation():
    teacher = MomentumCopy(nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.9)))
    assert not any(parameter.requires_grad for parameter in teacher.parameters())
    nn.ModuleList([teacher]).train()
    x = torch.randn(4, 3)
    torch.testing.assert_close(teacher(x), teacher(x))


def test_survives_a_state_dict():
    student = nn.Linear(3, 2)
    teacher, other = MomentumCopy(student, 0.5), MomentumCopy(nn.Linear(3, 2), 0.5)
    other.load_state_dict(teacher.state_dict())
    with torch.no_grad():
        student.weight.zero_()
    for copy in (teacher, other):
        copy.update_parameters(student)
    torch.testing.assert_close(other.module.weight, teacher.module.weight)


@pytest.mark.parametrize("decay", [-0.1, 1.0, float("nan")])
def test_decay_out_of_range(decay):
    with pytest.raises(ValueError, match="'decay' must lie in"):
        MomentumCopy(nn.Linear(1, 1), decay)
