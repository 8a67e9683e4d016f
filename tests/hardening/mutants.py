"""Small faults in the code of a part, each of which a test of that part must find.

    python -m tests.hardening.mutants --part ops --share 0.1 --seed 0

Survivors are printed: add a test that finds the fault, or add the mutant to ``equivalent_mutants.toml`` if no test can.
Docstrings, annotations and messages are left alone. A mutant that does not come to an end counts as killed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.toml")
_FOLDERS = ("ops", "nn", "losses", "ranking", "data", "training", "corpus", "datasets")
#: Parts, and their tests beside their own examples and the guard of their defaults.
PARTS = {
    **{part: [f"tests/{part}"] for part in _FOLDERS},
    "models/closed_form": [f"tests/models/test_{name}.py" for name in ("closed_forms", "gf_cf", "rp3_beta")],
}


def equivalent(file: Path = EQUIVALENT) -> set[tuple[str, str, str]]:
    """Mutants that no test can find: file, line before and line after."""
    import tomllib

    entries = tomllib.loads(file.read_text(encoding="utf-8"))["mutant"]
    return {(entry["file"], entry["line"], entry["mutant"]) for entry in entries}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the script, and returns 1 if a mutant survives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", action="append", choices=PARTS, help="a part; may be repeated (default: all)")
    parser.add_argument("--share", type=float, default=0.1, help="share of the places that are mutated")
    parser.add_argument("--seed", type=int, default=0, help="seed of the sample")
    parser.add_argument("--results", type=Path, help="CSV file to write")
    given = parser.parse_args(arguments)
    survived = 0
    for part in given.part or PARTS:
        survived += _run(part, given.share, given.seed, given.results)
    return min(survived, 1)


def _run(part: str, share: float, seed: int, results: Path | None) -> int:
    """Tests a sample of the mutants of a part, and returns the number of survivors."""
    from .mutation import sample
    from .trial import Trial, in_child

    folder, known = ROOT / "irllrec_pyg" / part, equivalent()
    mutants = sample(folder.rglob("*.py"), ROOT, share, f"{part} {seed}")
    new = [mutant for mutant in mutants if (mutant.file, mutant.before, mutant.after) not in known]
    row = {"part": part, "mutants": len(mutants), "killed": 0, "survived": 0, "equivalent": len(mutants) - len(new)}
    with tempfile.TemporaryDirectory() as scratch:
        defaults = f"tests/guards/test_defaults.py::test_defaults_are_as_documented[{part.partition('/')[0]}]"
        trial = Trial(folder, [*PARTS[part], defaults, f"irllrec_pyg/{part}"])
        for mutant, killed in trial.run(new, Path(scratch)):
            row["killed" if killed else "survived"] += 1
            if not killed:
                print(f"{mutant.file}:{mutant.number}\n  - {mutant.before}\n  + {mutant.after}", flush=True)
    print(*(f"{name}={value}" for name, value in row.items()), flush=True)
    if results is not None:  # in a child, because this process must not import the package
        in_child(lambda: _write({**row, "seed": seed, "share": share}, results))
    return row["survived"]


def _write(row: Mapping[str, Any], results: Path) -> int:
    from benchmarks.results import about, replace

    versions = f"{about()['versions']} cosmic-ray={version('cosmic-ray')}"
    replace([{**row, "versions": versions}], results, ["part"])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
