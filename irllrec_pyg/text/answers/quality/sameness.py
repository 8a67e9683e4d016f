"""Statements that a model makes about many users or items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from .words import words_of

_FEW = 12  # words; in a shorter statement, one word can make all the difference


def sameness(statements: Mapping[str, str], copies: int = 3) -> dict[str, float]:
    """Share of the entities that have the same statement, for each entity whose statement occurs several times.

    Statements are the same if they have the same words; of twelve words or more, one may differ. Lower and upper case,
    punctuation and white space do not count. The time grows with the number of words, not with that of pairs.

    Args:
        statements: Statement about each entity.
        copies: Number of entities with the same statement from which on it counts. (default: ``3``)

    Examples:
        >>> sameness({"a": "Wants calm!", "b": "wants calm", "c": "Wants CALM.", "d": "Wants war."})
        {'a': 0.75, 'b': 0.75, 'c': 0.75}
    """
    keys = {entity: _keys(words_of(text)) for entity, text in statements.items()}
    count = Counter(key for found in keys.values() for key in found)
    most = {entity: max(count[key] for key in found) for entity, found in keys.items()}
    return {entity: number / len(statements) for entity, number in most.items() if number >= copies}


def _keys(words: list[str]) -> set[int]:
    """Hashes of the words, and of all but one of them. Statements that differ in one word have one in common."""
    shorter = (words[:place] + words[place + 1 :] for place in range(len(words) if len(words) >= _FEW else 0))
    return {hash(tuple(listed)) for listed in (words, *shorter)}
