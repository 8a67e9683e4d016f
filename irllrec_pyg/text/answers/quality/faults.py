"""Faults of answers that have the right form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..store import Record
from .rules import echo, language, repetition, truncation
from .sameness import sameness

#: Names of the faults.
FAULTS = ("repetition", "truncation", "sameness", "echo", "language")


def find_faults(records: Iterable[Record], sources: Mapping[str, str] | None = None) -> dict[str, dict[str, float]]:
    """Finds what is wrong with answers, by simple rules.

    ``repetition``: runs of words or phrases of a list occur again and again. ``truncation``: the answer ends early.
    ``sameness``: at least three entities of a side have the same statement, up to a word. ``echo``: most of the
    statement is copied from the prompt. ``language``: the statement is not in English.

    An answer without a fault is not necessarily a good one: no rule reads its meaning.

    Args:
        records: Records of answers. Those without an answer are left out.
        sources: Prompt of each entity; without one, ``echo`` is not judged. (default: none)

    Returns:
        The faults of each entity that has one: their names, and their degrees between 0 and 1.

    Examples:
        >>> from irllrec_pyg.text import IntentAnswer
        >>> answers = [IntentAnswer((), (), text) for text in ("Wants calm and", "Wants wit.")]
        >>> records = [Record(f"item/{n}", "k", "valid", 1, "{}", answer) for n, answer in enumerate(answers, 1)]
        >>> find_faults(records)
        {'item/1': {'truncation': 1.0}}
    """
    answered = {record.entity: (record, record.answer) for record in records if record.answer is not None}
    statements: dict[str, dict[str, str]] = {}
    for entity, (_, answer) in answered.items():
        statements.setdefault(entity.partition("/")[0], {})[entity] = answer.intent
    same = {entity: share for side in statements.values() for entity, share in sameness(side).items()}
    faults = {}
    for entity, (record, answer) in answered.items():
        degrees = (
            repetition(answer),
            truncation(answer, record.text),
            same.get(entity, 0.0),
            echo(answer, (sources or {}).get(entity, "")),
            language(answer),
        )
        faults[entity] = {name: degree for name, degree in zip(FAULTS, degrees, strict=True) if degree}
    return {entity: found for entity, found in faults.items() if found}
