"""What an engine says about one user and one item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..recommender import Engine
from .catalog import Catalog

if TYPE_CHECKING:
    import pandas as pd

#: Texts of users and items that are shown, and what they are called.
_TEXTS = {
    "likes": "Likes",
    "dislikes": "Dislikes",
    "intent_text": "Intent",
    "summary": "Summary",
    "tags": "Tags",
    "category": "Category",
    "text": "Text",
}


def about(catalog: Catalog, side: str, node: int) -> dict[str, str]:
    """What is known about a user or an item in words: likes, dislikes, intents, tags and texts.

    Args:
        catalog: The names.
        side: ``"user"`` or ``"item"``.
        node: Number of the node.

    Returns:
        Texts by what they are; empty where nothing is known.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> data["user"].likes = [["trains", "islands"]] * 24
        >>> about(Catalog(data), "user", 0)
        {'Likes': 'trains, islands'}
    """
    found = {}
    for name, title in _TEXTS.items():
        values = catalog.data[side].get(name)
        if isinstance(values, list) and len(values) == catalog.data[side].num_nodes and values[node]:
            value = values[node]
            found[title] = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value).strip()
    return found


def recommendations(engine: Engine, catalog: Catalog, user: int, k: int = 10) -> pd.DataFrame:
    """The best items for a user, each with the reason in words, without its title.

    Args:
        engine: The engine.
        catalog: The names.
        user: Number of the user.
        k: Number of items. (default: ``10``)

    Returns:
        One row per item, with the columns ``rank``, ``title``, ``score``, ``reason``, ``details`` (the amounts behind
        the reason) and ``item``, its id. Where the ranker cannot be explained, reasons and details are empty.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> table = recommendations(Engine(EASE.from_data(data), data), Catalog(data), user=0, k=2)
        >>> table["reason"][0].startswith("Recommended")
        True
    """
    original = catalog.original("user", user)
    table = engine.recommend([original], k=min(k, len(catalog.titles)))
    if "title" not in table:
        table["title"] = table["item"].astype(str)
    reasons = [_reason(engine, original, item) for item in table["item"]]
    table["reason"], table["details"] = [reason for reason, _ in reasons], [details for _, details in reasons]
    return table[["rank", "title", "score", "reason", "details", "item"]]


def _reason(engine: Engine, user: Any, item: Any) -> tuple[str, str]:
    try:
        explanation = engine.explain(user, item)
    except TypeError:  # a ranker that does not read histories
        return "", ""
    return " ".join(explanation.sentences(title=False)), explanation.details


def what_if(
    engine: Engine, catalog: Catalog, history: Sequence[int], kept: Sequence[int], text: str = "", k: int = 10
) -> pd.DataFrame:
    """How the recommendations change when someone had not taken some items, or says something about themselves.

    Both lists are those of someone who is known by their history alone.

    Args:
        engine: The engine.
        catalog: The names.
        history: Numbers of the items that they took.
        kept: Numbers of the items of these that count.
        text: What they say about themselves. (default: nothing)
        k: Number of items. (default: ``10``)

    Returns:
        One row per item of the new list, with the columns ``rank``, ``title``, ``change`` and ``item``. A change is
        ``"new"``, ``"up 2"``, ``"down 1"``, empty, or ``"unticked"`` for an item of the history that does not count.

    Raises:
        ValueError: Nothing is left: no item counts, and there is no text.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> catalog = Catalog(data)
        >>> history = catalog.history(0)
        >>> table = what_if(Engine(EASE.from_data(data), data), catalog, history, kept=history, k=2)
        >>> table["change"].tolist()
        ['', '']
    """
    if not kept and not text.strip():
        raise ValueError("nothing is left to recommend from; tick an item of the history, or write a sentence")
    k = min(k, len(catalog.titles) - len(history))
    before = _list_for(engine, catalog, history, None, k)
    after = _list_for(engine, catalog, kept, text.strip() or None, k)
    known = dict(zip(before["item"], before["rank"], strict=True))
    unticked = {catalog.original("item", item) for item in set(history) - set(kept)}
    after["change"] = [
        "unticked" if item in unticked else _change(known.get(item), rank)
        for item, rank in zip(after["item"], after["rank"], strict=True)
    ]
    if "title" not in after:
        after["title"] = after["item"].astype(str)
    return after[["rank", "title", "change", "item"]]


def _list_for(engine: Engine, catalog: Catalog, items: Sequence[int], text: str | None, k: int) -> pd.DataFrame:
    ids = [catalog.original("item", item) for item in items]
    return engine.recommend_for(ids, text, k)


def _change(before: int | None, after: int) -> str:
    if before is None:
        return "new"
    return f"up {before - after}" if before > after else f"down {after - before}" if before < after else ""


def similar(engine: Engine, catalog: Catalog, item: int, k: int = 10) -> pd.DataFrame:
    """Items like an item.

    Args:
        engine: The engine.
        catalog: The names.
        item: Number of the item.
        k: Number of items. (default: ``10``)

    Returns:
        One row per item, with the columns ``rank``, ``title``, ``score`` and ``item``.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> similar(Engine(EASE.from_data(data), data), Catalog(data), item=0, k=3)["rank"].tolist()
        [1, 2, 3]
    """
    table = engine.similar_items([catalog.original("item", item)], k=min(k, len(catalog.titles) - 1))
    table["item"] = table["similar_item"]
    if "title" not in table:
        table["title"] = table["item"].astype(str)
    return table[["rank", "title", "score", "item"]]
