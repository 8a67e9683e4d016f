"""The command ``irllrec``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Recommendation with intents.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def _commands() -> None:
    """Recommendation with intents."""


@app.command()
def fit(
    data: Annotated[Path, typer.Argument(help="table of interactions (.csv, .tsv, .parquet, .jsonl) or corpus folder")],
    budget: Annotated[str, typer.Option(help="time or number of models, such as 10min, 2h or '20 trials'")] = "10min",
    user: Annotated[str | None, typer.Option(help="column of users, if its name is not usual")] = None,
    item: Annotated[str | None, typer.Option(help="column of items, if its name is not usual")] = None,
    encoder: Annotated[str, typer.Option(help="folder, package or name of a text encoder")] = "auto",
    no_text: Annotated[bool, typer.Option("--no-text", help="read no texts")] = False,
    metric: Annotated[str, typer.Option(help="validation metric")] = "ndcg@20",
    seed: Annotated[int, typer.Option(help="seed of everything that is random")] = 0,
    folder: Annotated[Path, typer.Option(help="folder of searches")] = Path("runs"),
    save: Annotated[Path | None, typer.Option(help="folder for the ranker")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the report as JSON")] = False,
) -> None:
    """Find the most accurate ranker for your interactions.

    Progress goes to standard error. Ctrl-C ends with the best so far; the same command goes on.
    """
    from ..recommender import save_model
    from ..search import fit as search
    from ..search import load_data

    try:
        columns = {name: theirs for name, theirs in (("user", user), ("item", item)) if theirs is not None}
        loaded = load_data(data, seed, columns)
        chosen = None if no_text else encoder
        ranker = search(loaded, budget, encoder=chosen, metric=metric, seed=seed, folder=folder)
        if save is not None:
            save_model(save, ranker, ranker.data)
    except (OSError, ValueError, RuntimeError) as error:
        typer.echo(f"irllrec: {error}", err=True)
        raise typer.Exit(1) from error
    report = ranker.report
    assert report is not None
    typer.echo(json.dumps(report.to_dict(), indent=1) if as_json else str(report))


def main() -> None:
    """Runs the command."""
    app(prog_name="irllrec")


if __name__ == "__main__":
    main()
