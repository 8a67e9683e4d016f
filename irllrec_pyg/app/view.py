"""What the page shows of one engine, computed when it is asked for and kept."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..ranking import Blend
from ..recommender import Engine
from . import pieces
from .accuracy import accuracy_by_activity
from .catalog import Catalog
from .item_map import item_map, mark_user
from .person import about, recommendations, similar, what_if
from .report import report_html

if TYPE_CHECKING:
    import pandas as pd

#: A choice of a list: what is shown, and the number of the node.
Choice = tuple[str, int]

_MARKS = {"taken": "#2563eb", "recommended": "#ea580c", "other": "#94a3b8"}
_ERRORS = (ImportError, LookupError, OSError, RuntimeError, TypeError, ValueError)


class View:
    """What the page shows of one engine, as HTML and tables.

    Args:
        engine: The engine.

    Attributes:
        engine: The engine.
        catalog: Names of its users and items.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> view = View(Engine(EASE.from_data(data), data))
        >>> view.users("user 3")
        [('user 3, 5 items', 3)]
        >>> view.summary
        'EASE: 24 users, 20 items, 120 interactions'
    """

    def __init__(self, engine: Engine) -> None:
        self.engine, self.catalog = engine, Catalog(engine.data)

    @property
    def summary(self) -> str:
        """The engine in one line."""
        ranker, catalog = self.engine.ranker, self.catalog
        name = f"Blend of {len(ranker.parts)} rankers" if isinstance(ranker, Blend) else type(ranker).__name__
        counts = len(catalog.users), len(catalog.titles), int(catalog.activity.sum())
        return "{}: {:,} users, {:,} items, {:,} interactions".format(name, *counts)

    def users(self, text: str) -> list[Choice]:
        """Users to choose from.

        Args:
            text: A part of an id, or of the title of an item that they took.
        """
        found = self.catalog.find_users(text)
        return [(f"{self.catalog.users[user]}, {self.catalog.activity[user]} items", user) for user in found]

    def items(self, text: str) -> list[Choice]:
        """Items to choose from.

        Args:
            text: A part of an id or a title.
        """
        found = self.catalog.find_items(text)
        return [(f"{self.catalog.label(item)}, {self.catalog.popularity[item]} users", item) for item in found]

    def history(self, user: int) -> list[Choice]:
        """Items that a user took.

        Args:
            user: Number of the user.
        """
        return [(self.catalog.titles[item], item) for item in self.catalog.history(user)]

    def person(self, user: int) -> str:
        """The history of a user and what is known about them.

        Args:
            user: Number of the user.
        """
        titles = [title for title, _ in self.history(user)]
        return pieces.chips(titles) + pieces.facts(about(self.catalog, "user", user))

    def recommendations(self, user: int, k: int = 10) -> str:
        """Recommendations with reasons.

        Args:
            user: Number of the user.
            k: Number of items. (default: ``10``)
        """
        try:
            return pieces.cards(recommendations(self.engine, self.catalog, user, k))
        except _ERRORS as error:
            return pieces.note(str(error))

    def what_if(self, user: int, kept: list[int], text: str, k: int = 10) -> str:
        """The list after a change.

        Args:
            user: Number of the user.
            kept: Numbers of the items of the history that count.
            text: What the user says about themselves.
            k: Number of items. (default: ``10``)
        """
        try:
            return pieces.cards(what_if(self.engine, self.catalog, self.catalog.history(user), kept, text or "", k))
        except _ERRORS as error:
            return pieces.note(str(error))

    def item(self, item: int) -> str:
        """What is known about an item.

        Args:
            item: Number of the item.
        """
        return pieces.facts(about(self.catalog, "item", item)) or pieces.note("Nothing is known about it in words.")

    def similar(self, item: int, k: int = 10) -> str:
        """Items like an item.

        Args:
            item: Number of the item.
            k: Number of items. (default: ``10``)
        """
        try:
            return pieces.cards(similar(self.engine, self.catalog, item, k))
        except _ERRORS as error:
            return pieces.note(str(error))

    def picture(self, user: int | None = None) -> str:
        """The map as a picture, by groups of items, or with the history and the recommendations of a user.

        Args:
            user: Number of the user. (default: groups are shown)
        """
        if user is None:
            return pieces.points(self.map, "group")
        return pieces.points(self.map_of(user), "mark", _MARKS)

    @cached_property
    def map(self) -> pd.DataFrame:
        """The map of items."""
        return item_map(self.engine, self.catalog)

    def map_of(self, user: int, k: int = 20) -> pd.DataFrame:
        """The map, with the history and the recommendations of a user marked.

        Args:
            user: Number of the user.
            k: Number of recommendations. (default: ``20``)
        """
        table = self.engine.recommend([self.catalog.original("user", user)], k=min(k, len(self.catalog.titles)))
        number = {self.catalog.original("item", node): node for node in self.map["node"]}
        recommended = [number[item] for item in table["item"] if item in number]
        return mark_user(self.map, self.catalog.history(user), recommended)

    @cached_property
    def accuracy(self) -> str:
        """For whom the engine is accurate."""
        try:
            return pieces.bars(accuracy_by_activity(self.engine, self.catalog))
        except _ERRORS as error:
            return pieces.note(str(error))

    @cached_property
    def report(self) -> str:
        """The report of the search, or what else is known about the ranker."""
        return report_html(self.engine)
