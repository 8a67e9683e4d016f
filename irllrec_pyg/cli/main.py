"""The command ``irllrec``."""

from __future__ import annotations

from importlib import metadata
from typing import Annotated

import typer

from .common import Commands
from .evaluating import evaluate
from .fitting import fit, update
from .recommending import explain, export, recommend, similar
from .serving import explore, serve

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"irllrec {metadata.version('irllrec-pyg')}")
        raise typer.Exit


@app.callback()
def _commands(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="show the version")
    ] = False,
) -> None:
    """Recommendation with intents.

    First: irllrec fit interactions.csv --save engine

    Then: irllrec recommend engine --user u1, or irllrec explore engine
    """


for function in (fit, evaluate, recommend, similar, explain, update, export, serve, explore):
    app.command()(function)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
def intents(context: typer.Context) -> None:
    """Let a language model state intents.

    It has the commands build, encode, status and show.

    Example: irllrec intents build --folder corpus --format amazon-2023 --reviews r.jsonl --items m.jsonl --model NAME
    """
    from .intents import run

    run(context.args, "irllrec intents")


def main() -> None:
    """Runs the command."""
    app(prog_name="irllrec")


if __name__ == "__main__":
    main()
