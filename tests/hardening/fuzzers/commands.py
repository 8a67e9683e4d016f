"""Command lines of ``irllrec`` and of ``irllrec-intents``."""

from __future__ import annotations

import contextlib
import io
import random
import shutil
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from irllrec_pyg.cli import intents as intents_command
from irllrec_pyg.cli.main import app
from irllrec_pyg.models import EASE
from irllrec_pyg.recommender import Engine
from irllrec_pyg.testing import save_tiny_llm, tiny_corpus, tiny_data
from irllrec_pyg.text import IntentAnswer, IntentStore, Record
from tests.hardening.damage import ODD_TEXTS, to_bytes
from tests.hardening.part import PARTS, Case

_VALUES = [
    "",
    "-1",
    "0",
    "1",
    "2",
    "3",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "9" * 30,
    "none",
    "0.5",
    "-5",
    "--",
    "-x",
    "a=b",
    "=",
]
_VALUES += [
    "year=1990",
    "genre",
    "genre=",
    "x=y",
    "user 0",
    "item 3",
    "-user",
    "\x1b[31mx",
    "\ud800",
    "x" * 500,
    "a\u2028b",
    "../x",
]


@PARTS.register("irllrec")
class IrllrecCommand:
    """Options with values that are negative, empty, not finite, too large, hostile, or begin with a dash."""

    share = 12

    def __init__(self, folder: Path) -> None:
        data = tiny_data()
        data["user"].original_id = ["-user", "\x1b[31mred", *(f"user {n}" for n in range(2, 24))]
        data["item"].title = ["\x1b]0;title\x07", "a\nb", *(f"T{n}" for n in range(2, 20))]
        data["item"].year = [1990, 1991] * 10
        self.engine = folder / "engine"
        Engine(EASE.from_data(data), data).save_pretrained(self.engine)
        self.table = folder / "new.csv"
        self.table.write_text("user,item,rating\nuser 3,item 19,4\nnew,item 2,5\n")
        self.runner = CliRunner()

    def case(self, rng: random.Random, folder: Path) -> Case:
        engine, value = str(self.engine), lambda: rng.choice(_VALUES)
        options = {
            "recommend": [
                "--user",
                "--k",
                "--among",
                "--item",
                "--history",
                "--exclude",
                "--diversity",
                "--popularity-discount",
                "--out",
            ],
            "similar": ["--item", "--user", "--k", "--out"],
            "explain": [],
            "evaluate": ["--split", "--k", "--level", "--seed"],
            "export": ["--user", "--k", "--among", "--item", "--diversity", "--popularity-discount"],
            "update": ["--user", "--item", "--column", "--min-rating"],
            "fit": [
                "--budget",
                "--user",
                "--column",
                "--min-rating",
                "--split-by",
                "--item-column",
                "--metric",
                "--encoder",
            ],
        }
        name = rng.choice([*options])
        places: dict[str, list[str]] = {"explain": [value(), value()], "update": [str(self.table)]}
        if name == "export":
            places["export"] = [str(folder / rng.choice(["a.csv", "a.parquet", "a", "a.x", "-a.jsonl"]))]
        first = engine if rng.random() < 0.95 else value()
        if name == "fit":  # a table that cannot be split, so that no search starts
            (folder / "t.csv").write_bytes(to_bytes(f"user,item,rating\n{value()},i,4\n"))
            first = str(folder / "t.csv")
        arguments = [name, *([] if rng.random() < 0.5 else ["--"] * (name == "explain")), first, *places.get(name, [])]
        for _ in range(rng.randrange(4)):
            if options[name]:
                option, given = rng.choice(options[name]), value()
                given = str(folder / "out.csv") if option == "--out" and rng.random() < 0.7 else given
                arguments += [option, given] if rng.random() < 0.6 else [f"{option}={given}"]
        if name == "update":
            arguments += ["--save", str(folder / "after")]
        elif name == "fit":
            arguments += ["--folder", str(folder / "runs"), "--no-text"]
        return Case(lambda: self._run(arguments), (), _check)

    def _run(self, arguments: list[str]) -> Any:
        result = self.runner.invoke(app, arguments)
        return result.exit_code, result.stdout, result.stderr, result.exception


@PARTS.register("irllrec-intents")
class IntentsCommand:
    """The same for the command that builds, encodes and shows intents."""

    share = 12

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "corpus"
        corpus = tiny_corpus(self.folder, num_users=4)
        store = IntentStore(self.folder / "intents")
        names = [f"{side}/{name}" for side in ("user", "item") for name in corpus.data[side].original_id]
        answer = IntentAnswer(("wit\x1b[31m",), (), "Wants wit.")
        store.add([Record(name, "k", "valid", 1, "{}", answer) for name in [*names, "user/-dash", "item/\x1b[2J"]])
        store.set_current(dict.fromkeys([*names, "user/-dash", "item/\x1b[2J"], "k"))
        for lock in (self.folder / "intents").glob("*.lock"):
            lock.unlink()
        self.encoder = save_tiny_llm(folder / "encoder", num_hidden_layers=1)

    def case(self, rng: random.Random, folder: Path) -> Case:
        options = {
            "build": [
                "--k",
                "--ratio",
                "--min-rating",
                "--seed",
                "--split-by",
                "--columns",
                "--batch-size",
                "--max-tokens",
            ],
            "encode": ["--pooling", "--instruction", "--max-length", "--file-dtype"],
            "status": ["--folder"],
            "show": [],
        }
        options["build"] += ["--max-entries", "--entry-tokens", "--max-new-tokens", "--dtype", "--format", "--domain"]
        name = rng.choice([*options])
        arguments = [name]
        for _ in range(rng.randrange(1, 4)):
            if options[name]:
                option, given = rng.choice(options[name]), rng.choice(_VALUES)
                arguments += [option, given] if rng.random() < 0.5 else [f"{option}={given}"]
        if name == "show":
            arguments += [rng.choice([*_VALUES, *ODD_TEXTS[:12], "-dash", "user/-dash", "item/\x1b[2J", "U00000"])]
        if name == "build":
            raw = self.folder / "raw"
            arguments += [f"--reviews={raw / 'reviews.jsonl'}", f"--items={raw / 'meta.jsonl'}", f"--folder={folder}"]
            arguments += [f"--model={folder / 'no-model'}"]
            if rng.random() < 0.8:
                arguments.insert(1, "--format=amazon-2023")
        else:
            shutil.copytree(self.folder, folder, dirs_exist_ok=True)
            arguments.insert(1, f"--folder={folder}")
        if name == "encode":
            arguments += [f"--encoder={self.encoder}"]
        return Case(lambda: _run_intents(arguments), (), _check)


def _run_intents(arguments: list[str]) -> Any:
    out, err, error = io.StringIO(), io.StringIO(), None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code: Any = intents_command.main(arguments)
        except SystemExit as stop:
            code = stop.code
        except Exception as found:
            code, error = 1, found
    return code, out.getvalue(), err.getvalue(), error


def _check(found: Any) -> None:
    code, out, err, error = found
    assert error is None or isinstance(error, SystemExit), f"traceback of {error!r}"
    assert code in (0, 1, 2), f"exit code {code}"
    for text in (out, err):
        text.encode()
        odd = {*text} - {"\n", "\t"}
        assert not any(character < " " or "\x7f" <= character < "\xa0" for character in odd), (
            f"controls in {text[:200]!r}"
        )
    if code:
        assert err.strip() and len(err) < 5000, f"no message, {err[:200]!r}"
        assert "Traceback" not in err
