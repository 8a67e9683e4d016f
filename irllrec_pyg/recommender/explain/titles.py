"""Titles and texts of the nodes of a data object."""

from __future__ import annotations

from torch_geometric.data import HeteroData

from ..table import node_names


def title_of(data: HeteroData, item: int) -> str:
    """Title of an item; its id where there are no titles, or its own is empty.

    Args:
        data: The data object.
        item: Number of the item.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> title_of(tiny_data(), 3)
        'item 3'
    """
    titles = data["item"].get("title")
    return str((titles[item] if titles else "") or node_names(data, "item", [item])[0])


def text_of(data: HeteroData, side: str, node: int) -> str:
    """Text of a node; empty where there is none.

    Args:
        data: The data object.
        side: ``"user"`` or ``"item"``.
        node: Number of the node.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> text_of(tiny_data(), "item", 3)
        ''
    """
    texts = data[side].get("text")
    return texts[node].strip() if texts else ""
