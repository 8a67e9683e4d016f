"""Commands that make an engine and keep it up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import common
from .common import Folder, Json, Length

if TYPE_CHECKING:
    from ..recommender import Engine

_SIZES = ("users", "items", "interactions")

User = Annotated[str | None, typer.Option(help="column of users, if its name is not usual")]
Item = Annotated[str | None, typer.Option(help="column of items, if its name is not usual")]


def fit(
    data: Annotated[
        Path,
        typer.Argument(metavar="DATA", help="table (.csv, .tsv, .parquet, .jsonl) or corpus folder"),
    ],
    budget: Annotated[str, typer.Option(help="time or number of models, such as 10min, 2h or '20 trials'")] = "10min",
    user: User = None,
    item: Item = None,
    item_column: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="column that describes items, to choose by with --among; may be repeated"),
    ] = None,
    encoder: Annotated[str, typer.Option(help="folder, package or name of a text encoder")] = "auto",
    no_text: Annotated[bool, typer.Option("--no-text", help="read no texts")] = False,
    metric: Annotated[str, typer.Option(help="validation metric")] = "ndcg@20",
    seed: Annotated[int, typer.Option(help="seed of everything that is random")] = 0,
    folder: Annotated[Path, typer.Option(help="folder of searches")] = Path("runs"),
    save: Annotated[Path | None, typer.Option(help="folder for the engine, which the other commands open")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the report as JSON")] = False,
) -> None:
    """Find the most accurate ranker for your interactions.

    Example: irllrec fit interactions.csv --budget 10min --save engine

    Progress goes to standard error. Ctrl-C ends with the best so far; the same command goes on.
    """
    from ..search import fit as search
    from ..search import load_data

    loaded = load_data(data, seed, _given(user, item), item_column or ())
    chosen = None if no_text else encoder
    ranker = search(loaded, budget, encoder=chosen, metric=metric, seed=seed, folder=folder)
    if save is not None:
        ranker.engine.save_pretrained(save)
        typer.echo(f"the engine is in '{save}'; look at it with: irllrec explore {save}", err=True)
    report = ranker.report
    assert report is not None
    if as_json:
        common.show_json(report.to_dict())
    else:
        typer.echo(str(report))


def update(
    folder: Folder,
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="new interactions (.csv, .tsv, .parquet, .jsonl)")],
    user: User = None,
    item: Item = None,
    save: Annotated[Path | None, typer.Option(help="folder for the new engine (default: the same)")] = None,
    as_json: Json = False,
) -> None:
    """Let new interactions join an engine.

    Example: irllrec update engine today.csv --save engine-today

    The table may hold new users and items.
    """
    import pandas as pd

    from .tables import read_interactions

    engine = common.open_engine(folder)
    after = engine.update(read_interactions(table, _given(user, item), engine.data))
    after.save_pretrained(save or folder)
    rows = [*zip(_SIZES, _sizes(engine), _sizes(after), strict=True)]
    common.show(pd.DataFrame(rows, columns=["number of", "before", "after"]), as_json)


def export(
    folder: Folder,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="file to write, such as lists.parquet or lists.csv")],
    k: Length = 10,
) -> None:
    """Write recommendations for all users.

    Example: irllrec export engine lists.parquet --k 50
    """
    written = common.open_engine(folder).export(file, k=k)
    typer.echo(str(written))


def _given(user: str | None, item: str | None) -> dict[str, str]:
    return {name: theirs for name, theirs in (("user", user), ("item", item)) if theirs is not None}


def _sizes(engine: Engine) -> tuple[int, ...]:
    from ..data import INTERACTS

    data = engine.data
    return data["user"].num_nodes, data["item"].num_nodes, data[INTERACTS].edge_index.size(1)
