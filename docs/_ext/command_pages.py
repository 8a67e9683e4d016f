"""A page per command, written from its parser, so that the pages cannot differ from ``--help``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import typer.main

from irllrec_pyg.cli.intents_parser import COMMANDS, make_parser
from irllrec_pyg.cli.main import app as irllrec


class Argument(NamedTuple):
    """An argument or option: how it is written, and what it does."""

    usage: str
    help: str


class Command(NamedTuple):
    """A command: its name, what it does, and its arguments."""

    name: str
    text: str
    usage: str
    arguments: list[Argument]


def commands() -> list[Command]:
    """All commands, in the order of their help."""
    group = typer.main.get_command(irllrec)
    found = [_from_click(f"irllrec {name}", command) for name, command in group.commands.items() if name != "intents"]
    return [*found, *_from_argparse()]


def _from_click(name: str, command: click.Command) -> Command:
    context = click.Context(command, info_name=name)
    arguments = [
        Argument(usage, text)
        for parameter in command.get_params(context)
        if (record := parameter.get_help_record(context)) is not None
        for usage, text in [record]
    ]
    return Command(name, command.help or "", command.get_usage(context).removeprefix("Usage: "), arguments)


def _from_argparse() -> Iterator[Command]:
    parser = make_parser(None)
    subparsers = next(action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    for name, parser in subparsers.items():
        formatter = parser._get_formatter()
        arguments = [
            Argument(formatter._format_action_invocation(action), action.help or "") for action in parser._actions
        ]
        usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
        yield Command(f"irllrec-intents {name}", f"{COMMANDS[name].capitalize()}.", usage, arguments)


def page(command: Command) -> str:
    """The page of a command."""
    first, *rest = [" ".join(part.split()) for part in command.text.split("\n\n")]
    lines = [f"# {command.name}", "", _text(first), "", "```text", command.usage, "```", ""]
    for part in rest:
        lines += (
            ["```sh", part.removeprefix("Example: "), "```", ""] if part.startswith("Example: ") else [_text(part), ""]
        )
    for argument in command.arguments:
        lines += [f"`{argument.usage}`", f": {_text(argument.help) or '…'}", ""]
    return "\n".join(lines)


def _text(text: str) -> str:
    """Text in which a quoted word is no markup."""
    return text.replace("[", "\\[").replace("_", "\\_").replace("<", "&lt;").replace("*", "\\*")


def write(app: Any) -> None:
    """Writes the pages that have changed, and the list of them."""
    folder = Path(app.srcdir) / "reference" / "commands"
    folder.mkdir(parents=True, exist_ok=True)
    pages = {command.name.replace(" ", "-"): command for command in commands()}
    texts = {f"{name}.md": page(command) for name, command in pages.items()}
    rows = [f"| [`{pages[name].name}`]({name}.md) | {_text(pages[name].text.split('.')[0])} |" for name in pages]
    hidden = ["```{toctree}", ":hidden:", "", *pages, "```"]
    texts["index.md"] = "\n".join(["# Commands", "", "| command | what it does |", "|---|---|", *rows, "", *hidden, ""])
    for name, text in texts.items():
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text:
            (folder / name).write_text(text, encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Writes the pages before Sphinx looks for them."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
