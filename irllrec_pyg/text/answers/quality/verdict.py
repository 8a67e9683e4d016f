"""How many answers of a store have each fault."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ...._checks import check_at_least
from ..store import Record
from .faults import FAULTS, find_faults
from .words import words_of


@dataclass(frozen=True)
class Verdict:
    """How many of some answers have a fault.

    Args:
        name: Name of the fault, or ``"any"``.
        count: Number of answers that have it.
        total: Number of answers that were judged.
        examples: Entity and statement of the worst of them. (default: none)

    Examples:
        >>> Verdict("echo", 1, 4).share
        0.25
    """

    name: str
    count: int
    total: int
    examples: tuple[tuple[str, str], ...] = ()

    @property
    def share(self) -> float:
        """Share of the answers that have the fault."""
        return self.count / self.total if self.total else 0.0


def judge_answers(
    records: Collection[Record], sources: Mapping[str, str] | None = None, examples: int = 2
) -> list[Verdict]:
    """Counts the faults of answers, see :func:`find_faults`.

    Args:
        records: Records of answers. Those without an answer are left out.
        sources: Prompt of each entity; without one, ``echo`` is not judged. (default: none)
        examples: Number of examples per fault. (default: ``2``)

    Raises:
        ValueError: ``examples`` is negative.

    Returns:
        One verdict per fault, and ``"any"`` as the last one.

    Examples:
        >>> from irllrec_pyg.text import IntentAnswer
        >>> records = [Record("item/1", "k", "valid", 1, "{}", IntentAnswer((), (), "Wants calm and"))]
        >>> [verdict.name for verdict in judge_answers(records) if verdict.count]
        ['truncation', 'any']
    """
    check_at_least("examples", examples, minimum=0)
    statements = {record.entity: record.answer.intent for record in records if record.answer is not None}
    faults = find_faults(records, sources)
    verdicts = []
    for name in FAULTS:
        degree = {entity: found[name] for entity, found in faults.items() if name in found}
        first: dict[str, str] = {}  # the same statement is shown once
        for entity in sorted(degree, key=lambda entity: -degree[entity]):
            first.setdefault(" ".join(words_of(statements[entity])), entity)
        shown = tuple((entity, statements[entity]) for entity in [*first.values()][:examples])
        verdicts.append(Verdict(name, len(degree), len(statements), shown))
    return [*verdicts, Verdict("any", len(faults), len(statements))]
