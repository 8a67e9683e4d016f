"""Columns of a table, recognised by usual names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from .clean import on_one_line, shown

_NAMES = {
    "user": "user user_id uid reviewer_id reviewer customer_id customer client_id client member_id member buyer_id "
    "buyer visitor_id account_id",
    "item": "item item_id parent_asin asin business_id product_id sku article_id isbn movie_id book_id track_id "
    "song_id artist_id game_id recipe_id gmap_id place_id product article",
    "rating": "rating stars star_rating overall review_rating review_score score",
    # A column "title" may hold titles of reviews, so that names which say what they belong to come first.
    "title": "item_title item_name product_title product_name article_name movie_title book_title track_name "
    "business_name title name",
    "description": "item_description product_description description",
    "text": "review_text review_body review text body comment comments",
    "split": "split",
    "time": "time timestamp unix_time unix_timestamp review_time unix_review_time event_time rated_at created_at "
    "datetime date review_date",
}

_LISTED = 50  # columns that a message names at most

#: Names under which columns are recognised, without regard to case, spaces and signs (``UserID`` is ``user_id``). Where
#: a table has several of them, the first in this order counts.
COLUMNS: dict[str, tuple[str, ...]] = {ours: tuple(names.split()) for ours, names in _NAMES.items()}


def find_columns(frame: pd.DataFrame, columns: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Finds the known columns of a table: our names, and those in the table.

    A column that ``columns`` names is not recognised as another one as well.

    Args:
        frame: The table.
        columns: Names of the columns in the table, ours to theirs. (default: all are recognised by usual names)

    Raises:
        ValueError: A column is missing, two fit equally well, or ``columns`` names an unknown one.

    Examples:
        >>> find_columns(pd.DataFrame({"UserID": ["a"], "product_id": ["x"], "note": [""]}))
        {'user': 'UserID', 'item': 'product_id'}
    """
    given, has = dict(columns or {}), f"the table has {listed(frame.columns)}"
    if unknown := sorted(set(given) - {*COLUMNS}):
        raise ValueError(f"'columns' names {unknown}; it can name {', '.join(COLUMNS)}")
    for theirs in given.values():
        if theirs not in frame:
            raise ValueError(f"there is no column {theirs!r}; {has}")
        if isinstance(frame[theirs], pd.DataFrame):
            raise ValueError(f"the table has several columns {theirs!r}; rename all but one")
    left: dict[str, list[Any]] = {}
    for name in frame.columns:
        if name not in given.values():
            left.setdefault(_plain(name), []).append(name)
    found = {}
    for ours, names in COLUMNS.items():
        if ours in given:
            found[ours] = given[ours]
        elif known := next((left[name] for name in map(_plain, names) if name in left), None):
            if len(known) > 1:
                raise ValueError(f"columns {listed(known)} both look like the {ours}; {_remedy(ours)}")
            found[ours] = known[0]
    for ours in ("user", "item"):
        if ours not in found:
            raise ValueError(f"no column looks like the {ours}; {has}; {_remedy(ours)}")
    if found["user"] == found["item"]:
        raise ValueError(f"'columns' names {found['user']!r} for the user and for the item; they are two columns")
    return found


def columns_note(frame: pd.DataFrame, found: Mapping[str, Any], item_columns: Sequence[str] = ()) -> str:
    """Says in one line which columns are read as what, and which are not.

    Args:
        frame: The table.
        found: Its columns, ours to theirs.
        item_columns: Further columns that are kept. (default: none)

    Examples:
        >>> frame = pd.DataFrame(columns=["user", "sku", "stars", "votes"])
        >>> columns_note(frame, find_columns(frame))
        'columns: user = user, item = sku, rating = stars; not used: votes'
    """
    used = ", ".join(f"{ours} = {theirs}" for ours, theirs in found.items())
    kept = f"; kept for items: {', '.join(item_columns)}" if item_columns else ""
    rest = [str(name) for name in frame.columns if name not in (*found.values(), *item_columns)]
    more = f" and {len(rest) - _LISTED} more" if len(rest) > _LISTED else ""
    return on_one_line(f"columns: {used}{kept}" + (f"; not used: {', '.join(rest[:_LISTED])}{more}" if rest else ""))


def listed(names: Iterable[Any]) -> str:
    """Names as a sentence lists them.

    Args:
        names: The names.

    Examples:
        >>> listed(["who", "what"]), listed([])
        ("'who', 'what'", 'no columns')
    """
    known = [*names]
    rest = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    return ", ".join(shown(str(name)) for name in known[:_LISTED]) + rest or "no columns"


def _plain(name: Any) -> str:
    return "".join(letter for letter in str(name).lower() if letter.isalnum())


def _remedy(ours: str) -> str:
    option = f"--{ours} COLUMN" if ours in ("user", "item") else f"--column {ours}=COLUMN"
    return (
        f"name yours, in Python with columns={{'{ours}': 'COLUMN'}}, which load_data and update take, for the command "
        f"with {option}"
    )
