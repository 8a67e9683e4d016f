"""Steps in which a term is computed."""

import pytest
import torch

from irllrec_pyg.nn import StepInterval


def test_the_count_is_part_of_the_state():
    interval, copy = StepInterval(3), StepInterval(3)
    for _ in range(2):
        interval.advance()
    copy.load_state_dict(interval.state_dict())
    assert not copy.due()
    copy.advance()
    assert copy.due() and not interval.due()
    copy.reset_parameters()
    assert copy.step == 0 and interval.step == 2


def test_every_step_needs_no_state():
    interval = StepInterval(1)
    interval.advance()
    assert interval.due() and not interval.state_dict()


def test_the_count_is_exact_in_half_precision():
    interval = StepInterval(2).to(torch.bfloat16)
    for _ in range(301):
        interval.advance()
    assert interval.step == 301 and not interval.due()


def test_no_interval():
    with pytest.raises(ValueError, match="'every' must be at least 1"):
        StepInterval(0)
