"""Commands that recommend and explain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from . import common
from .common import Folder, Json, Length
from .tables import among_columns, write_table

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from ..recommender import Engine

Out = Annotated[Path | None, typer.Option(metavar="FILE", help="write to this .csv, .tsv, .parquet or .jsonl file")]
Users = Annotated[list[str] | None, typer.Option(metavar="ID", help="user; may be repeated (default: all)")]
Among = Annotated[list[str] | None, typer.Option("--among", metavar="COLUMN=VALUE", help="only items with this value")]
Items = Annotated[list[str] | None, typer.Option(metavar="ID", help="only this item; may be repeated")]
Exclude = Annotated[
    Literal["all", "history"] | None,
    typer.Option(help="leave out all that a user took, or only what training saw (default: all)"),
]
Diversity = Annotated[float | None, typer.Option(help="how much a list varies, from 0 to below 1")]
PopularityDiscount = Annotated[float | None, typer.Option(help="how much popular items lose")]


def recommend(
    folder: Folder,
    user: Users = None,
    k: Length = 10,
    within: Among = None,
    item: Items = None,
    history: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="item someone new took; may be repeated")
    ] = None,
    text: Annotated[str | None, typer.Option(help="what someone new says about themselves")] = None,
    exclude: Exclude = None,
    diversity: Diversity = None,
    popularity_discount: PopularityDiscount = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Recommend items to users, or to someone new.

    Example: irllrec recommend engine --user u1 --user u2 --k 5

    Someone new: irllrec recommend engine --history i3 --history i7 --text "quiet films about the sea"

    Some items only: irllrec recommend engine --user u1 --among genre=comedy
    """
    is_new = bool(history) or text is not None
    if is_new and (user or exclude):
        raise typer.BadParameter("--user and --exclude are for known users; --history and --text are for someone new")
    engine = common.open_engine(folder)
    options = _options(engine, within, item, diversity, popularity_discount)
    if is_new:
        taken = common.find_ids(engine.data, "item", history or [], "--history")
        found = engine.recommend_for(taken, text, k, **options)
    else:
        users = common.find_ids(engine.data, "user", user, "--user") if user else None
        found = engine.recommend(users, k, exclude=exclude or "all", **options)
    _put(found, out, as_json)


def export(
    folder: Folder,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="file to write, such as lists.parquet or lists.csv")],
    user: Users = None,
    k: Length = 10,
    within: Among = None,
    item: Items = None,
    exclude: Exclude = None,
    diversity: Diversity = None,
    popularity_discount: PopularityDiscount = None,
) -> None:
    """Write recommendations for all users, or some, to a file.

    Example: irllrec export engine lists.parquet --k 50
    """
    engine = common.open_engine(folder)
    options = _options(engine, within, item, diversity, popularity_discount)
    users = common.find_ids(engine.data, "user", user, "--user") if user else None
    typer.echo(str(engine.export(file, k, users=users, exclude=exclude or "all", **options)))


def similar(
    folder: Folder,
    item: Annotated[list[str] | None, typer.Option(metavar="ID", help="item; may be repeated")] = None,
    user: Annotated[list[str] | None, typer.Option(metavar="ID", help="user; may be repeated")] = None,
    k: Length = 10,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Find items like an item, or users like a user.

    Example: irllrec similar engine --item i3 --k 5
    """
    if bool(item) == bool(user):
        raise typer.BadParameter("give either --item or --user")
    engine = common.open_engine(folder)
    if item:
        found = engine.similar_items(common.find_ids(engine.data, "item", item, "--item"), k)
    else:
        found = engine.similar_users(common.find_ids(engine.data, "user", user or [], "--user"), k)
    _put(found, out, as_json)


def explain(
    folder: Folder,
    user: Annotated[str, typer.Argument(metavar="USER", help="the user")],
    item: Annotated[str, typer.Argument(metavar="ITEM", help="the item")],
    as_json: Json = False,
) -> None:
    """Say why an item is recommended to a user.

    Example: irllrec explain engine u1 i3
    """
    from ..corpus.clean import readable

    engine = common.open_engine(folder)
    known_user = common.find_ids(engine.data, "user", [user], "USER")[0]
    known_item = common.find_ids(engine.data, "item", [item], "ITEM")[0]
    reason = engine.explain(known_user, known_item)
    if as_json:
        common.show_json(reason.to_dict())
    else:
        typer.echo(readable(str(reason)))


def _options(
    engine: Engine,
    within: Sequence[str] | None,
    item: Sequence[str] | None,
    diversity: float | None,
    popularity_discount: float | None,
) -> dict[str, Any]:
    """Arguments of ``recommend`` from the options that are given."""
    options: dict[str, Any] = {"diversity": diversity, "popularity_discount": popularity_discount}
    options = {name: value for name, value in options.items() if value is not None}
    if within or item:
        options["among"] = _candidates(engine, within or [], item or [])
    return options


def _candidates(engine: Engine, conditions: Sequence[str], item: Sequence[str]) -> Tensor:
    """Mask of the items that meet all conditions and are among the given ones, ``[N]``."""
    import torch

    from ..recommender.among import item_mask

    keep = torch.ones(engine.data["item"].num_nodes, dtype=torch.bool)
    if conditions:
        keep &= item_mask(engine.data, among_columns(engine.data, conditions))
    if item:
        keep &= item_mask(engine.data, common.find_ids(engine.data, "item", item, "--item"))
    if not keep.any():
        raise ValueError("'--among' and '--item' leave no item; give fewer conditions")
    return keep


def _put(table: pd.DataFrame, out: Path | None, as_json: bool) -> None:
    if out is None:
        common.show(table, as_json)
    else:
        write_table(table, out)
        typer.echo(f"{len(table)} rows in '{out}'", err=True)
