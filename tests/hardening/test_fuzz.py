"""A few cases of every part, whose seeds are fixed. ``python -m tests.hardening.fuzz`` runs many more."""

import pytest

from irllrec_pyg.datasets.unpickle import load_pickle
from tests.hardening.fuzz import plan
from tests.hardening.fuzzers.matrices import HOSTILE
from tests.hardening.part import PARTS, Case
from tests.hardening.worker import run_cases

CASES = 3000


@pytest.mark.parametrize("name", sorted(PARTS))
def test_every_case_ends_well(name):
    count = plan(CASES)[name]
    tally = run_cases(name, range(count))
    assert [f"{name}:{seed} {words}" for seed, words in tally.findings] == []
    assert tally.right + tally.refused == count and tally.right > 0


@pytest.fixture
def part(monkeypatch):
    """Registers a part with the given call for the time of a test."""

    def register(call, names=("mine.txt",), check=lambda result: None):
        class Own:
            share = 1

            def __init__(self, folder):
                pass

            def case(self, rng, folder):
                return Case(call, names, check)

        monkeypatch.setitem(PARTS._entries, "own", Own)
        return run_cases("own", range(2))

    len(PARTS)
    return register


def _raise(error):
    raise error


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: {}["x"], "KeyError"),
        (lambda: _raise(ValueError("mine.txt is damaged; get it again")), "of other code"),
        (lambda: load_pickle("no.pkl"), "no name of"),
        (lambda: [0] * (1 << 28), "memory|more than 1024 MB|MemoryError"),
        (lambda: __import__("os").abort(), "the process ended with"),
    ],
)
def test_what_is_a_finding(part, call, words):
    tally = part(call)
    assert [seed for seed, _ in tally.findings] == [0, 1]
    assert any(word in tally.findings[0][1] for word in words.split("|")), tally.findings


def test_right_and_wrong_results(part):
    tally = part(lambda: 1)
    assert (tally.right, tally.refused, tally.findings) == (2, 0, [])
    assert len(part(lambda: 1, check=lambda result: (_ for _ in ()).throw(AssertionError("no"))).findings) == 2


@pytest.mark.parametrize("content", HOSTILE)
def test_no_pickle_asks_for_memory(content, tmp_path):
    (tmp_path / "x.pkl").write_bytes(content)
    with pytest.raises(ValueError, match=r"cannot read '.*x.pkl' as a pickled matrix or array: ") as caught:
        load_pickle(tmp_path / "x.pkl")
    assert not isinstance(caught.value.__cause__, MemoryError)
