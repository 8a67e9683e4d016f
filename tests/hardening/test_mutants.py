"""Mutants have one fault each, and none where it would not matter."""

from pathlib import Path

import pytest

from tests.hardening.mutants import ROOT, equivalent
from tests.hardening.mutation import sample

SOURCE = '''"""A file with 1 docstring."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    SIZE = 4

__all__ = ["f"]


def f(x: int | None = 7) -> tuple[int, 1]:
    """Returns 2."""
    check(
        "x", x
    )
    if x < 5:
        raise ValueError(f"{x + 6} is too small" "give 8")
    return x + 9, False


g = [f(0) for _ in range(3)]
h = list(zip(g, g, strict=True))
'''


@pytest.fixture
def mutants(tmp_path):
    pytest.importorskip("cosmic_ray")
    file = tmp_path / "f.py"
    file.write_text(SOURCE)
    return [mutant for seed in range(40) for mutant in sample([file], tmp_path, 1.0, str(seed))]


def test_one_line_is_another_one(mutants):
    for mutant in mutants:
        changed = [
            pair for pair in zip(SOURCE.splitlines(), mutant.source.splitlines(), strict=True) if len({*pair}) > 1
        ]
        assert mutant.file == "f.py" and mutant.before != mutant.after
        assert changed[0][0].split() == mutant.before.split() == SOURCE.splitlines()[mutant.number - 1].split()
        assert len(changed) == 1 or mutant.after == "pass"


def test_docstrings_annotations_and_messages_stay(mutants):
    found = {mutant.before for mutant in mutants}
    assert found == {
        "def f(x: int | None = 7) -> tuple[int, 1]:",
        "check(",
        '"x", x',
        "if x < 5:",
        "return x + 9, False",
        "g = [f(0) for _ in range(3)]",
    }
    for text in (
        "1 docstring",
        "SIZE = 4",
        '["f"]',
        "x: int | None",
        "tuple[int, 1]",
        "Returns 2.",
        "{x + 6}",
        "give 8",
    ):
        assert all(text in mutant.source for mutant in mutants)
    assert {"return x + 10, False", "return x - 9, False", "return x + 9, True", "if not x < 5:"} <= {
        " ".join(mutant.after.split()) for mutant in mutants
    }


def test_statements(mutants):
    lines = {mutant.before: (mutant.lines, mutant.inside) for mutant in mutants}
    assert lines['"x", x'] == ((13, 15), True) and lines["if x < 5:"] == ((16, 16), True)
    assert lines["g = [f(0) for _ in range(3)]"] == ((21, 21), False)
    assert lines["def f(x: int | None = 7) -> tuple[int, 1]:"] == ((11, 11), False)


def test_a_sample_is_a_share_and_depends_on_the_seed(tmp_path, mutants):
    files = [tmp_path / "f.py"]
    some = sample(files, tmp_path, 0.5, "a")
    assert len(some) == round(len(mutants) / 40 / 2) and some == sample(files, tmp_path, 0.5, "a")
    assert some != sample(files, tmp_path, 0.5, "b")


def test_what_is_listed_as_equivalent_is_still_there():
    for file, before, _ in equivalent():
        lines = [" ".join(line.split()) for line in Path(ROOT, file).read_text(encoding="utf-8").splitlines()]
        assert before in lines, f"'{file}' has no line '{before}' any more; remove it from equivalent_mutants.toml"
