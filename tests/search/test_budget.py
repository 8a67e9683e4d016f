"""Budgets as people write them, and the clock over several calls."""

import pytest

from irllrec_pyg.search import Budget
from irllrec_pyg.search.budget import Clock


@pytest.mark.parametrize(
    ("written", "seconds", "trials"),
    [
        ("10min", 600.0, None),
        ("90s", 90.0, None),
        (" 1.5 H ", 5400.0, None),
        (30, 30.0, None),
        (2.5, 2.5, None),
        ("20 trials", None, 20),
        ("1 trial", None, 1),
    ],
)
def test_budget_is_read(written, seconds, trials):
    budget = Budget.parse(written)
    assert (budget.seconds, budget.trials) == (seconds, trials)
    assert Budget.parse(budget) is budget
    assert Budget.parse(str(budget)) == budget


@pytest.mark.parametrize("written", ["", "soon", "10 days", "-5min", "0 trials", 0, -1.0, "1.5.2s", True, None])
def test_unreadable_budget_is_named(written):
    with pytest.raises(ValueError, match=r"'budget'.*10min"):
        Budget.parse(written)


@pytest.mark.parametrize(("written", "number"), [("5", "5"), (" 1.5 ", "1.5"), ("0", "0")])
def test_a_text_has_a_unit(written, number):
    with pytest.raises(ValueError, match=rf"no unit .*'{number}min', '{number}s' or '{number} trials'"):
        Budget.parse(written)


def test_budget_is_seconds_or_trials():
    for wrong in ({}, {"seconds": 1.0, "trials": 1}):
        with pytest.raises(ValueError, match="seconds or trials"):
            Budget(**wrong)


def test_clock_counts_all_calls(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("irllrec_pyg.search.budget.time.monotonic", lambda: now[0])
    clock = Clock(Budget(seconds=60.0), tmp_path / "clock.json")
    now[0] += 25.0
    assert clock.spent() == 25.0
    assert clock.left() == 35.0
    assert clock.left(0.5) == 5.0
    clock.save()
    now[0] += 1000.0  # between two calls
    again = Clock(Budget(seconds=60.0), tmp_path / "clock.json")
    now[0] += 5.0
    assert again.spent() == 30.0


def test_trials_have_no_clock():
    assert Clock(Budget(trials=2)).left(0.1) == float("inf")
