"""Shell blocks of pages: their commands, subcommands and options exist."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest
import typer.main

from irllrec_pyg.cli.intents_parser import make_parser
from irllrec_pyg.cli.main import app
from tests.guards.documents import documents
from tests.guards.source import ROOT

_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def options() -> dict[tuple[str, ...], set[str]]:
    """Options of each command."""
    group = typer.main.get_command(app)
    found = {("irllrec", name): {"--help"} for name in group.commands}  # type: ignore[attr-defined]
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        found["irllrec", name] |= {option for parameter in command.params for option in parameter.opts}
    parsers = next(
        action.choices for action in make_parser(None)._actions if isinstance(action, argparse._SubParsersAction)
    )
    for name, parser in parsers.items():
        known = {option for action in parser._actions for option in action.option_strings}
        found["irllrec-intents", name] = found["irllrec", "intents", name] = known
    return found


def calls(text: str) -> list[list[str]]:
    """Calls of the package's commands in the shell blocks of a page, without what follows a pipe."""
    lines = [line for block in _BLOCK.findall(text) for line in block.replace("\\\n", " ").splitlines()]
    words = [shlex.split(line, comments=True) for line in lines]
    return [line for line in words if line and line[0] in ("irllrec", "irllrec-intents")]


def faults(call: list[str], known: dict[tuple[str, ...], set[str]]) -> list[str]:
    """What a call names that does not exist."""
    size = 3 if call[:2] == ["irllrec", "intents"] else 2
    if tuple(call[:size]) not in known:
        return [] if call[1].startswith("--") else [" ".join(call[:size])]
    given = {word.partition("=")[0] for word in call[size:] if word.startswith("--")}
    return sorted(given - known[tuple(call[:size])])


@pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path):
    found = [(" ".join(call[:3]), faults(call, options())) for call in calls(page.read_text(encoding="utf-8"))]
    assert [fault for fault in found if fault[1]] == []


def test_guard_finds_wrong_commands():
    text = "```sh\nirllrec fit table.csv --bugdet 5min  # note\nirllrec forget engine \\\n    --k 5\nls --all\n```\n"
    assert [faults(call, options()) for call in calls(text)] == [["--bugdet"], ["irllrec forget"]]
    assert sum(len(calls(page.read_text(encoding="utf-8"))) for page in documents()) >= 20
