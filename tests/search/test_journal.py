"""Journals survive a kill, and an interrupted trial goes on."""

import json

import pytest

from irllrec_pyg.search import journal
from irllrec_pyg.search.part import Part


def part(value, state="complete"):
    return Part("ease", "ease", {"model": {"name": "ease", "l2_weight": 10.0}}, f"{value}{state}", value, state=state)


def test_a_line_that_was_cut_off_is_removed(tmp_path):
    file = tmp_path / "journal.log"
    journal.add_part(journal.open_study(journal.open_journal(file), "closed forms"), part(0.1))
    complete = file.read_bytes()
    file.write_bytes(complete + b'{"op_code": 4, "worker')
    (tmp_path / "journal.log.lock").symlink_to("journal.log")  # of a process that was killed
    study = journal.open_study(journal.open_journal(file), "closed forms")
    assert [known.value for known in journal.parts(study)] == [0.1]
    journal.add_part(study, part(0.2))
    again = journal.open_study(journal.open_journal(file), "closed forms")
    assert [known.value for known in journal.parts(again)] == [0.1, 0.2]
    assert all(json.loads(line) for line in file.read_text().splitlines())


def suggest(trial):
    return trial.suggest_float("x", 0, 1), trial.suggest_categorical("kind", ["a", "b"])


def run(file, trials, stop_at=None):
    """Values of a search; where it stops, a trial has one of its two settings and was not ended."""
    study = journal.open_study(journal.open_journal(file), "models")
    while len(journal.finished(study)) < trials:
        trial = journal.next_trial(study, 7, suggest)
        if trial.number == stop_at:
            trial.suggest_float("x", 0, 1)
            trial.report(0.5, 1)
            return []
        x, kind = suggest(trial)
        journal.finish(study, trial, part(x + (kind == "a")))
    return [trial.params for trial in journal.finished(study)]


@pytest.mark.parametrize("stop_at", [0, 4, 9])
def test_an_interrupted_search_tries_what_an_undisturbed_one_tries(tmp_path, stop_at):
    expected = run(tmp_path / "undisturbed.log", 12)
    run(tmp_path / "stopped.log", 12, stop_at)
    assert run(tmp_path / "stopped.log", 12) == expected
    study = journal.open_study(journal.open_journal(tmp_path / "stopped.log"), "models")
    assert len(study.trials) == 12  # the stopped trial went on, no other was begun


def test_states_are_those_of_optuna(tmp_path):
    study = journal.open_study(journal.open_journal(tmp_path / "journal.log"), "models")
    for state in ("complete", "cut", "pruned", "failed"):
        trial = journal.next_trial(study, 0, suggest)
        suggest(trial)
        journal.finish(study, trial, part(0.3, state))
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "COMPLETE", "PRUNED", "FAIL"]
    assert [known.state for known in journal.parts(study)] == ["complete", "cut", "pruned", "failed"]
    assert [known.usable for known in journal.parts(study)] == [True, True, False, False]
