"""Names of users and items, and how they are found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch_geometric.data import HeteroData

from .._plain import plain
from ..data import INTERACTS
from ..ranking import UserItemIndex


class Catalog:
    """Ids, titles and histories of the users and items of a data object, for people who look for them.

    Args:
        data: The data object.

    Attributes:
        titles: Title of each item; its id where it has none.
        users: Id of each user, as text.
        popularity: Number of training interactions of each item, ``[N]``.
        activity: Number of training interactions of each user, ``[M]``.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> catalog = Catalog(tiny_data())
        >>> catalog.find_users("user 2")[:2]
        [2, 20]
        >>> catalog.titles[catalog.history(2)[0]]
        'item 4'
    """

    def __init__(self, data: HeteroData) -> None:
        self.data = data
        ids = [str(value) for value in self._ids("item")]
        titles = data["item"].get("title") or ids
        self.titles = [str(title or id_) for title, id_ in zip(titles, ids, strict=True)]
        self.users = [str(value) for value in self._ids("user")]
        pairs = plain(torch.as_tensor(data[INTERACTS].edge_index)).cpu().long()
        self._taken = UserItemIndex(pairs, len(self.users), len(self.titles))
        self._takers = UserItemIndex(pairs.flip(0), len(self.titles), len(self.users))
        self.activity, self.popularity = self._taken.ptr.diff(), self._takers.ptr.diff()
        self._found_in = {"user": [user.casefold() for user in self.users]}
        self._found_in["item"] = [f"{title}\n{id_}".casefold() for title, id_ in zip(self.titles, ids, strict=True)]

    def _ids(self, side: str) -> Sequence[Any]:
        ids = self.data[side].get("original_id")
        return range(self.data[side].num_nodes) if ids is None else ids

    def original(self, side: str, node: int) -> Any:
        """Original id of a node.

        Args:
            side: ``"user"`` or ``"item"``.
            node: Number of the node.
        """
        return self._ids(side)[node]

    def label(self, item: int) -> str:
        """Title of an item, and its id where that differs.

        Args:
            item: Number of the item.
        """
        title, id_ = self.titles[item], str(self.original("item", item))
        return title if title == id_ else f"{title} ({id_})"

    def history(self, user: int) -> list[int]:
        """Items that a user took in training, the least popular first: they say most.

        Args:
            user: Number of the user.
        """
        items = self._taken.lookup(torch.tensor([user]))[1]
        return items[self.popularity[items].argsort(stable=True)].tolist()

    def find_items(self, text: str, most: int = 50) -> list[int]:
        """Items whose title or id contains a text, the most popular first; an item whose title it is comes before them.

        Args:
            text: The text; upper and lower case are the same. Where it is empty, all items are found.
            most: Largest number of items. (default: ``50``)
        """
        wanted = text.strip().casefold()
        found = [item for item, name in enumerate(self._found_in["item"]) if wanted in name]
        exact = {item for item in found if wanted in self._found_in["item"][item].split("\n")}
        return sorted(found, key=lambda item: (item not in exact, -int(self.popularity[item])))[:most]

    def find_users(self, text: str, most: int = 50) -> list[int]:
        """Users whose id contains a text, the shortest ids first, and then users who took an item whose title contains
        it.

        Args:
            text: The text; upper and lower case are the same. Where it is empty, all users are found.
            most: Largest number of users. (default: ``50``)
        """
        wanted = text.strip().casefold()
        found = [user for user, name in enumerate(self._found_in["user"]) if wanted in name]
        found = sorted(found, key=lambda user: len(self.users[user]) if wanted else 0)[:most]
        if wanted and len(found) < most:
            takers = [self._takers.lookup(torch.tensor([item]))[1].tolist() for item in self.find_items(text, 20)]
            found = list(dict.fromkeys([*found, *(user for users in takers for user in users)]))
        return found[:most]
