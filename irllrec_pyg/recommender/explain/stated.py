"""Intents that a language model has stated as likes and dislikes."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from torch_geometric.data import HeteroData

if TYPE_CHECKING:
    from ...text import IntentStore

_NAMES = ("likes", "dislikes")


def with_stated_intents(data: HeteroData, store: IntentStore) -> HeteroData:
    """Copy of the data with what users and items are said to be liked and disliked for, so that explanations use it.

    ``data["user"].likes``, ``data["user"].dislikes`` and those of items are lists with one list of phrases per node.

    Args:
        data: The data object, with original ids.
        store: Answers about its users and items, see :func:`~irllrec_pyg.text.generate_intents`.

    Raises:
        ValueError: The store has no answer about any of the users or of the items.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import tiny_data
        >>> from irllrec_pyg.text import IntentAnswer, IntentStore, Record
        >>> store = IntentStore(tempfile.mkdtemp())
        >>> answer = IntentAnswer(("wit",), ("gore",), "Wants wit.")
        >>> store.add([Record(entity, "k", "valid", 1, "", answer) for entity in ("user/user 0", "item/item 1")])
        >>> store.set_current({"user/user 0": "k", "item/item 1": "k"})
        >>> with_stated_intents(tiny_data(), store)["user"].likes[:2]
        [['wit'], []]
    """
    records, result = store.answers(), copy(data)
    for side in ("user", "item"):
        ids = data[side].get("original_id", range(data[side].num_nodes))
        answers = [record.answer if (record := records.get(f"{side}/{id_}")) else None for id_ in ids]
        if not any(answers):
            raise ValueError(f"'store' has no answer about the {side}s of 'data'; give the store of its own corpus")
        for name in _NAMES:
            result[side][name] = [list(getattr(answer, name)) if answer else [] for answer in answers]
    return result


def stated_text(data: HeteroData, side: str, node: int, name: str) -> str:
    """Phrases of a node as one text; empty where none are known.

    Args:
        data: The data object.
        side: ``"user"`` or ``"item"``.
        node: Number of the node.
        name: ``"likes"`` or ``"dislikes"``.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> data["user"].likes = [["dry wit", "trains"]] * 24
        >>> stated_text(data, "user", 0, "likes"), stated_text(data, "item", 0, "likes")
        ('dry wit; trains', '')
    """
    phrases: list[Any] = data[side].get(name) or []
    return "; ".join(map(str, phrases[node])) if phrases else ""
