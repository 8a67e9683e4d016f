"""A few kills and a few pairs of runs at once; the scripts run many."""

from tests.hardening.kill import kill_all
from tests.hardening.pairs import run_all


def test_a_killed_run_goes_on_and_leaves_nothing():
    for row in kill_all({"answer store": 3, "engine save": 3, "corpus build": 3}, seed=1):
        assert row["equal"] and not row["orphans"] and row["kills"] == 3, row


def test_one_of_two_runs_at_once_works_and_the_other_one_says_why_not():
    for row in run_all({"training": 2, "corpus build": 2, "answer store": 2}, seed=1):
        assert row["equal"] and not row["failed"] and not row["left"], row
