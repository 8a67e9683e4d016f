"""Commands that make an engine and keep it up to date."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from . import common
from .common import Folder, Json

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

    from ..recommender import Engine

_SIZES = ("users", "items", "interactions")

User = Annotated[str | None, typer.Option(metavar="COLUMN", help="column of users, if its name is not usual")]
Item = Annotated[str | None, typer.Option(metavar="COLUMN", help="column of items, if its name is not usual")]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="OURS=THEIRS",
        help="column with another name, such as rating=points; OURS is user, item, rating, title, description, text or "
        "split; may be repeated",
    ),
]
MinRating = Annotated[str, typer.Option(metavar="NUMBER", help="lowest rating that counts; 'none' takes all rows")]


def fit(
    data: Annotated[
        Path,
        typer.Argument(metavar="DATA", help="table (.csv, .tsv, .parquet, .jsonl) or corpus folder"),
    ],
    budget: Annotated[str, typer.Option(help="time or number of models, such as 10min, 2h or '20 trials'")] = "10min",
    user: User = None,
    item: Item = None,
    column: Columns = None,
    min_rating: MinRating = "3",
    split_by: Annotated[
        Literal["random", "last", "time"],
        typer.Option(help="hold out random interactions, the last two of each user, or those after a point in time"),
    ] = "random",
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
    from ..search import Budget, load_data
    from ..search import fit as search

    # What would fail after the search, such as a wrong folder, fails before it.
    duration, columns, lowest = Budget.parse(budget), _columns(user, item, column), _min_rating(min_rating)
    if save is not None:
        common.check_engine_folder(save)
    loaded = load_data(data, seed, columns, item_column or (), lowest, split_by, _say)
    if save is not None:
        _check_storable(loaded)
    chosen = None if no_text else encoder
    ranker = search(loaded, duration, encoder=chosen, metric=metric, seed=seed, folder=folder)
    try:
        if save is not None:
            ranker.engine.save_pretrained(save)
            _say(f"the engine is in '{save}'; look at it with: irllrec explore {save}")
    except (OSError, TypeError, ValueError) as error:
        raise RuntimeError(
            f"the engine could not be saved in '{save}' ({error}); the search is kept in '{folder}', and the same "
            "command with another --save does not search again"
        ) from error
    finally:
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
    column: Columns = None,
    min_rating: MinRating = "3",
    save: Annotated[Path | None, typer.Option(help="folder for the new engine (default: the same)")] = None,
    as_json: Json = False,
) -> None:
    """Let new interactions join an engine.

    Example: irllrec update engine today.csv --save engine-today

    The table may hold new users and items.
    """
    import pandas as pd

    from .._locks import folder_lock
    from .tables import read_interactions

    columns, lowest = _columns(user, item, column), _min_rating(min_rating)
    common.check_engine_folder(save or folder)
    with folder_lock(save or folder):  # from before it is read, so that no other update is lost
        engine = common.open_engine(folder)
        new, columns = read_interactions(table, columns, engine.data, lowest, _say)
        after = engine.update(new, columns=columns, min_rating=lowest)
        after.save_pretrained(save or folder)
    rows = [*zip(_SIZES, _sizes(engine), _sizes(after), strict=True)]
    common.show(pd.DataFrame(rows, columns=["number of", "before", "after"]), as_json)


def _columns(user: str | None, item: str | None, column: Sequence[str] | None) -> dict[str, str]:
    """Names of columns, ours to theirs, from the options."""
    given = {name: theirs for name, theirs in (("user", user), ("item", item)) if theirs is not None}
    for pair in column or ():
        ours, sign, theirs = pair.partition("=")
        if not (ours and sign and theirs):
            raise ValueError(f"'--column' takes OURS=THEIRS, such as rating=points (got '{pair}')")
        if given.setdefault(ours, theirs) != theirs:
            raise ValueError(f"the column of '{ours}' is given as '{given[ours]}' and as '{theirs}'; give one")
    return given


def _min_rating(written: str) -> float | None:
    if written.lower() == "none":
        return None
    try:
        return float(written)
    except ValueError:
        raise ValueError(f"'--min-rating' must be a number or none (got '{written}')") from None


def _check_storable(data: HeteroData) -> None:
    """Raises an error where an engine of the data could not be saved."""
    from ..recommender.columns import encode_columns
    from ..recommender.stored_data import StoredData

    for columns in StoredData.from_data(data).columns.values():
        encode_columns(columns)


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _sizes(engine: Engine) -> tuple[int, ...]:
    from ..data import INTERACTS

    data = engine.data
    return data["user"].num_nodes, data["item"].num_nodes, data[INTERACTS].edge_index.size(1)
