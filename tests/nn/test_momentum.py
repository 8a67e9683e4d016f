"""MomentumCopy against the recurrence of Eq. 18."""

import copy
import pickle

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

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


def test_updates_are_those_of_torch_bit_for_bit():
    student = nn.Linear(30, 20)
    teacher = MomentumCopy(student, decay=0.99)
    expected = [parameter.detach().clone() for parameter in student.parameters()]
    for _ in range(5):
        with torch.no_grad():
            student.weight.add_(torch.randn_like(student.weight))
        teacher.update_parameters(student)
        get_ema_multi_avg_fn(0.99)(expected, [parameter.detach() for parameter in student.parameters()], 1)
    assert all(map(torch.equal, teacher.parameters(), expected))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda teacher: pickle.loads(pickle.dumps(teacher))])
def test_copies_and_pickles_go_on_as_the_original(duplicate):
    student = nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.9))
    teacher = MomentumCopy(student, 0.5)
    same = duplicate(teacher)
    with torch.no_grad():
        student[0].weight.zero_()
    for module in (teacher, same):
        module.update_parameters(student)
    assert torch.equal(same.module[0].weight, teacher.module[0].weight)
    assert same.decay == 0.5 and not same.train().module[1].training
    assert not any(parameter.requires_grad for parameter in same.parameters())


def test_is_frozen_and_stays_in_evaluation():
    teacher = MomentumCopy(nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.9)))
    assert not any(parameter.requires_grad for parameter in teacher.parameters())
    assert not any(module.training for module in teacher.modules())
    nn.ModuleList([teacher]).train()
    x = torch.randn(4, 3)
    torch.testing.assert_close(teacher(x), teacher(x))


def test_survives_a_state_dict():
    student = nn.Linear(3, 2)
    teacher, other = MomentumCopy(student, 0.5), MomentumCopy(nn.Linear(3, 2), 0.5)
    other.load_state_dict(teacher.state_dict())
    with torch.no_grad():
        student.weight.zero_()
    for module in (teacher, other):
        module.update_parameters(student)
    torch.testing.assert_close(other.module.weight, teacher.module.weight)


@pytest.mark.parametrize("decay", [-0.1, 1.0, float("nan")])
def test_decay_out_of_range(decay):
    with pytest.raises(ValueError, match="'decay' must lie in"):
        MomentumCopy(nn.Linear(1, 1), decay)
