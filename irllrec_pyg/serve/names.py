"""Ids and titles as the server's clients read and write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch_geometric.data import HeteroData

from ..data import find_nodes

_SHOWN = 200  # characters of an unknown id in a message


class Names:
    """Original ids of one side as text, and the nodes that they belong to.

    Args:
        data: The data object.
        side: ``"user"`` or ``"item"``.

    Attributes:
        original: Original ids by node; node ids where the data has no original ids.
        text: The same as text.
        title: Titles by node; :obj:`None` where there are none.

    Raises:
        ValueError: Two ids are the same as text.
    """

    def __init__(self, data: HeteroData, side: str) -> None:
        store = data[side]
        self.side = side
        self.original: list[Any] = list(store.get("original_id", range(store.num_nodes)))
        self.text = [str(value) for value in self.original]
        self._node = {text: node for node, text in enumerate(self.text)}
        if len(self._node) < len(self.text):
            twice = next(text for node, text in enumerate(self.text) if self._node[text] != node)
            raise ValueError(
                f"two {side}s have ids that are the same as text, {twice!r}; the server matches ids as text, so give "
                "ids that differ as text"
            )
        titles = store.get("title")
        self.title: list[str | None] | None = titles and [None if title is None else str(title) for title in titles]
        self._folded = [text.casefold() for text in self.text]
        self._folded_title = [(title or "").casefold() for title in self.title or ()]
        self._known = HeteroData()
        self._known[side].original_id = self.text

    def __len__(self) -> int:
        return len(self.text)

    def nodes(self, ids: Sequence[str]) -> list[int]:
        """Nodes of some ids.

        Args:
            ids: The ids as text.

        Raises:
            KeyError: An id is unknown.
        """
        return [self._node[value] for value in ids]

    def unknown(self, ids: Sequence[str], field: str) -> str:
        """A sentence about unknown ids that names similar ones.

        Args:
            ids: Ids of which one or more are unknown.
            field: Name of the field that holds them.
        """
        unknown = [value for value in ids if value not in self._node]
        shown = [value if len(value) <= _SHOWN else f"{value[:_SHOWN]}..." for value in unknown]
        try:
            find_nodes(self._known, self.side, shown, field)
        except ValueError as error:
            return str(error)
        return f"'{field}' holds an id that is too long"

    def search(self, text: str, prefix: bool = False) -> list[int]:
        """Nodes whose id or title contains a text, in any case of letters.

        Args:
            text: The text; an empty one finds all nodes.
            prefix: Whether only ids that start with the text are found. (default: ``False``)
        """
        wanted = text.casefold()
        if prefix:
            return [node for node, folded in enumerate(self._folded) if folded.startswith(wanted)]
        if not self._folded_title:
            return [node for node, folded in enumerate(self._folded) if wanted in folded]
        both = zip(self._folded, self._folded_title, strict=True)
        return [node for node, (folded, title) in enumerate(both) if wanted in folded or wanted in title]

    def describe(self, node: int) -> dict[str, Any]:
        """Id of a node, with its title where there are titles.

        Args:
            node: The node.
        """
        found: dict[str, Any] = {self.side: self.text[node]}
        if self.title is not None:
            found["title"] = self.title[node]
        return found
